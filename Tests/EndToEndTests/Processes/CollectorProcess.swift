// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineCollector
import FaultlineProtocol
import Subprocess
import TestSupport

/// A `faultline serve` of the test's own.
struct CollectorProcess: Sendable {
    let child: Child
    let data: String
    let dsn: String

    private static let executable = Executable.at(Build.own.directory + "/faultline")

    /// - Parameter port: 0: any that is free.
    static func start(in place: Workplace, port: Int = 0) async throws -> CollectorProcess {
        let data = try place.folder("collector")
        let child = place.start("collector", executable, ["serve", "--port", "\(port)", "--data", data])
        let line = try await child.line(containing: "@127.0.0.1:")
        let words = line.split(whereSeparator: { $0.isWhitespace || $0 == "\"" || $0 == "'" })
        let dsn = words.first { $0.contains("@127.0.0.1:") }.map(String.init) ?? ""
        return CollectorProcess(child: child, data: data, dsn: dsn)
    }

    var port: Int {
        let end = dsn.split(separator: "@").last?.split(separator: "/").first
        return end?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    /// The newest report, once there is one.
    func report(within limit: Duration = .seconds(40)) async throws -> Report {
        let seconds = limit.components.seconds
        let result = try await run(
            Self.executable, arguments: ["report", "--data", data, "--wait", "\(seconds)", "--json"],
            output: .bytes(limit: 4 << 20), error: .string(limit: 1 << 16))
        guard result.terminationStatus.isSuccess else {
            throw DeadlineMissed(what: "a report; \(result.standardError)", limit: limit)
        }
        KeptEnvelopes.keep(result.standardOutput)
        return Report(event: Event(fields: try JSONValue(parsing: result.standardOutput).objectValue ?? [:]))
    }

    /// The items of a type, such as `transaction`, as soon as there are so many; the oldest first.
    func items(_ type: String, count: Int = 1) async throws -> [Fields] {
        try await stored(type, count).map { try JSONValue(parsing: $0.item.payload).objectValue ?? [:] }
    }

    /// As soon as there are so many; the oldest first.
    func transactions(count: Int = 1) async throws -> [StoredTransaction] {
        try await stored("transaction", count).map { envelope, item in
            let fields = try JSONValue(parsing: item.payload).objectValue ?? [:]
            return StoredTransaction(event: Event(fields: fields), header: envelope.header)
        }
    }

    private func stored(_ type: String, _ count: Int) async throws -> [(envelope: Envelope, item: EnvelopeItem)] {
        let stored = try await eventually("\(count) items \(type)") { [data] in
            let envelopes = try await StoredReports(directory: data).envelopes()
            let items = try envelopes.flatMap { bytes in
                let envelope = try Envelope(parsing: bytes)
                return envelope.items.filter { $0.type == type }.map { (envelope: envelope, item: $0) }
            }
            return items.count >= count ? (envelopes, items) : nil
        }
        for bytes in stored.0 where try !Envelope(parsing: bytes).isOfAnotherSDK { KeptEnvelopes.keep(bytes) }
        return stored.1
    }

    /// What `faultline report` prints for people, of the newest report.
    func printedReport() async throws -> String {
        let result = try await run(
            Self.executable, arguments: ["report", "--data", data], output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 16))
        return result.standardOutput
    }

    /// How many reports there are now.
    func count() async throws -> Int {
        let result = try await run(
            Self.executable, arguments: ["issues", "--data", data, "--json"], output: .bytes(limit: 4 << 20),
            error: .string(limit: 1 << 16))
        let issues = try JSONValue(parsing: result.standardOutput).arrayValue ?? []
        return issues.reduce(0) { $0 + Int($1.objectValue?["events"]?.integerValue ?? 0) }
    }
}
#endif
