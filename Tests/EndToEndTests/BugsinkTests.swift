// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// Against a Sentry-compatible server that is not ours. `tools/test` starts it and says where it is.
    @Suite(.serialized) struct BugsinkTests {
        static let dsn = Build.variable("FAULTLINE_E2E_BUGSINK_DSN")
        static let data = Build.variable("FAULTLINE_E2E_BUGSINK_DATA") ?? ""

        @Test(.enabled(if: dsn != nil, "no Bugsink; tools/test starts one"))
        func `Bugsink shows the crash as an issue with reason, function, file and line`() async throws {
            let dsn = try #require(Self.dsn)
            let build = try #require(Build.all.last)
            try await Workplace.run { place in
                let first = try await ServiceProcess.start(build, in: place, dsn: dsn, release: "shop@1.0")
                #expect(try await first.crash("index") == .signaled(CrashRoute.trap))
                _ = try await ServiceProcess.start(build, in: place, dsn: dsn, release: "shop@1.1")

                let event = try await stored("--wait", "1", "--timeout", "40")
                #expect(event["value"]?.stringValue?.contains("Index out of range") == true, "\(event)")
                #expect(event["release"]?.stringValue == "shop@1.0")
                #expect(event["transaction"]?.stringValue == "GET /crash/index")
                #expect(event["tags"]?.objectValue?["order"]?.stringValue == "1001")
                #expect((event["breadcrumbs"]?.integerValue ?? 0) >= 2)
                let frames = event["exceptions"]?.arrayValue?.last?.objectValue?["frames"]?.arrayValue ?? []
                let report = Report(frames: frames.compactMap(\.objectValue))
                let line = try SourceLine(of: "order.lines[index].cents", in: "Examples/HummingbirdService/Shop.swift")
                #expect(report.names("price(ofLine:", at: line), "\(report.stack)")

                let issue = try await stored("--issues", "--wait", "1")
                #expect(issue["value"]?.stringValue?.contains("Index out of range") == true, "\(issue)")
                #expect(issue["events"]?.integerValue == 1)
                #expect(try await lines("--problems").filter { $0.contains("\"invalid\"") }.isEmpty)
            }
        }

        @Test(.enabled(if: dsn != nil, "no Bugsink; tools/test starts one"))
        func `Bugsink takes the report of a thousand threads, and the whole of it as an attachment`() async throws {
            let dsn = try #require(Self.dsn)
            let build = try #require(Build.all.last)
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                #expect(try await laboratory.victim("thousand-threads").end() == .signaled(SIGSEGV))
                let id = try laboratory.eventID().description
                // The example recovers it as its own and sends it by HTTP; CrashLab has no transport that does.
                try laboratory.moveRuns(to: try place.folder("cache"), service: "HummingbirdService")
                _ = try await ServiceProcess.start(build, in: place, dsn: dsn)

                let event = try await stored("--event", id, "--wait", "1", "--timeout", "90")
                #expect(event["release"]?.stringValue == "crashlab@1")
                #expect((event["threads"]?.arrayValue?.count ?? 0) > 1000)
                let frames = event["exceptions"]?.arrayValue?.last?.objectValue?["frames"]?.arrayValue ?? []
                #expect(frames.last?.objectValue?["function"]?.stringValue == "faults_write_to", "\(frames)")

                let envelope = try await stored("--envelopes", "--event", id)
                let items = envelope["items"]?.arrayValue?.compactMap(\.objectValue) ?? []
                #expect(items.map { $0["type"]?.stringValue } == ["event", "attachment"])
                #expect(items.first.flatMap { $0["bytes"]?.integerValue }.map { $0 <= 1_000_000 } == true)
                #expect(items.last?["filename"]?.stringValue == "report.json.gz")
                #expect(try await lines("--problems").filter { $0.contains("\"invalid\"") }.isEmpty)
            }
        }

        private func stored(_ options: String...) async throws -> Fields {
            let line = try await lines(options).last ?? "{}"
            return try JSONValue(parsing: Array(line.utf8)).objectValue ?? [:]
        }

        private func lines(_ options: String...) async throws -> [String] { try await lines(options) }

        private func lines(_ options: [String]) async throws -> [String] {
            let result = try await run(
                .at(SourceLine.root + "/tools/bugsink-events"),
                arguments: Arguments(["--dir", Self.data] + options), output: .string(limit: 1 << 20),
                error: .string(limit: 1 << 16))
            #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
            return result.standardOutput.split(separator: "\n").map(String.init)
        }
    }
}

extension Report {
    /// Of frames alone.
    fileprivate init(frames: [Fields]) {
        var stacktrace = Stacktrace()
        stacktrace.frames = frames.map { Frame(fields: $0) }
        var exception = ExceptionValue()
        exception.stacktrace = stacktrace
        var event = Event()
        event.exceptions = [exception]
        self.event = event
    }
}
#endif
