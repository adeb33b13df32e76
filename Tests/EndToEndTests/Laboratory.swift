// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Glibc
import Subprocess
import TestSupport
import Testing

/// Runs of CrashLab that share one cache directory, as restarts of one service do.
struct Laboratory: Sendable {
    let place: Workplace
    let directory: String

    private let program: String
    private let folder: String

    init(_ build: Build = .own, in place: Workplace, named folder: String = "laboratory") throws {
        self.place = place
        self.folder = folder
        program = build.laboratory
        directory = try place.folder(folder)
    }

    /// Another with the same files.
    func copy(named folder: String) throws -> Laboratory {
        let copy = try Laboratory(in: place, named: folder)
        try FileManager.default.removeItem(atPath: copy.directory)
        try FileManager.default.copyItem(atPath: directory, toPath: copy.directory)
        return copy
    }

    /// Swift's own backtracer takes 14 seconds for the death of a thousand threads; one test wants it.
    private static let quiet = ["SWIFT_BACKTRACE": "enable=no"]

    /// A run that dies as `kind` says.
    func victim(_ kind: String, environment: [String: String] = quiet) -> Child {
        place.start(kind, .at(program), [directory, kind], environment: environment)
    }

    /// How it dies without Faultline.
    func bareEnd(of kind: String) async throws -> TerminationStatus {
        let environment = Self.quiet.merging(["LAB_BARE": "1"]) { $1 }
        return try await place.start("bare \(kind)", .at(program), [directory, kind], environment: environment).end()
    }

    /// Dies, is recovered by the next start, and answers what that would send.
    func reports(of kind: String) async throws -> (TerminationStatus, [Report]) {
        let status = try await victim(kind).end()
        return (status, try await recover())
    }

    /// The same by way of a command of the shell's, in which `$LAB` is the program.
    func victim(_ kind: String, shell command: String) -> Child {
        place.start(
            kind, .name("sh"), ["-c", command],
            environment: Self.quiet.merging(
                ["LAB": program, "LAB_DIRECTORY": directory, "LAB_KIND": kind]) { $1 })
    }

    /// Of a machine that lacks these libraries. The loader takes the first file of a name, and gives up on it.
    func environment(hiding libraries: [String]) throws -> [String: String] {
        let hidden = try place.folder("hidden-libraries")
        for name in libraries {
            try Data("no library".utf8).write(to: URL(fileURLWithPath: hidden + "/" + name))
        }
        return Self.quiet.merging(["LD_LIBRARY_PATH": hidden]) { $1 }
    }

    /// Starts as another release, sends what there is, and ends.
    func recovery(environment: [String: String] = [:]) -> Child {
        place.start(
            "recovery", .at(program), [directory, "recover"],
            environment: Self.quiet.merging(environment) { $1 })
    }

    /// What a program without the service's callbacks may send.
    func supervise() async throws -> [Report] {
        let supervisor = place.start("supervisor", .at(program), [directory, "supervise"], environment: Self.quiet)
        #expect(try await supervisor.end(within: .seconds(120)) == .exited(0))
        return try await Self.reports(of: supervisor)
    }

    /// The events that a whole recovery sends.
    func recover(environment: [String: String] = [:]) async throws -> [Report] {
        let next = recovery(environment: environment)
        #expect(try await next.end(within: .seconds(120)) == .exited(0))
        return try await Self.reports(of: next)
    }

    /// What a recovery has sent. A line that is cut by a kill is a request that no server would have answered.
    static func reports(of recovery: Child) async throws -> [Report] {
        let wasKilled = await recovery.log.end == .signaled(SIGKILL)
        return try await recovery.log.lines.filter { $0.hasPrefix("{") }.compactMap { line in
            do {
                let report = try Report(line: line)
                KeptEnvelopes.keep(Array(line.utf8))
                return report
            } catch {
                if wasKilled { return nil }
                throw error
            }
        }.filter { $0.event.level == .fatal }
    }

    /// Puts the runs that are here below another cache directory, as those of a service of that name.
    func moveRuns(to other: String, service: String = "crashlab") throws {
        let there = "\(other)/faultline-\(geteuid())/\(service)/runs"
        try FileManager.default.createDirectory(
            atPath: there, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let here = "\(directory)/faultline-\(geteuid())/crashlab/runs"
        for name in try FileManager.default.contentsOfDirectory(atPath: here) {
            try FileManager.default.moveItem(atPath: "\(here)/\(name)", toPath: "\(there)/\(name)")
        }
    }

    /// Of a crash file without what was reserved and not used; of another file all.
    static func written(in path: String) throws -> [UInt8] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        guard path.hasSuffix("/crash.envelope") else { return bytes }
        return Array(bytes[...(try #require(bytes.lastIndex { $0 != 0 }))])
    }

    /// Of the one crash file.
    func eventID() throws -> EventID {
        let text = [UInt8](try Data(contentsOf: URL(filePath: try #require(files("/crash.envelope").first))))
        let lines = text.split(separator: UInt8(ascii: "\n"), maxSplits: 2)
        let header = try JSONValue(parsing: lines[1]).objectValue
        return try #require(header?["event_id"]?.stringValue.flatMap { EventID($0) })
    }

    /// What lies in `runs`, `outbox` and `quarantine`, by its path from the service's directory; and of `symbols` what
    /// should not be there.
    var left: [String] {
        place.files(below: folder).compactMap { path in
            let parts = path.split(separator: "/").dropFirst(2)
            let isIndex = parts.first == "symbols" && parts.last?.hasSuffix(".index") == true
            return parts.count > 1 && !isIndex ? parts.joined(separator: "/") : nil
        }
    }

    /// Paths, from the directory of the service, that end so.
    func files(_ suffix: String) -> [String] {
        place.files(below: folder).filter { $0.hasSuffix(suffix) }.map { directory + "/" + $0 }
    }
}
#endif
