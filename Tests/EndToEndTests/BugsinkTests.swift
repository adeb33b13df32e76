// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
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

                let items = try self.items(of: try #require(try await lines("--envelopes", "--event", id).last))
                #expect(items.map { $0["type"]?.stringValue } == ["event", "attachment"])
                #expect(items.first.flatMap { $0["bytes"]?.integerValue }.map { $0 <= 1_000_000 } == true)
                #expect(items.last?["filename"]?.stringValue == "report.json.gz")
                #expect(try await lines("--problems").filter { $0.contains("\"invalid\"") }.isEmpty)
            }
        }

        @Test(.enabled(if: dsn != nil, "no Bugsink; tools/test starts one"))
        func `Bugsink shows what a living service captures, and passes over what it does not know`() async throws {
            let dsn = try #require(Self.dsn)
            let build = try #require(Build.all.last)
            let release = "living@\(UUID().uuidString)"
            try await Workplace.run { place in
                let service = try await ServiceProcess.start(build, in: place, dsn: dsn, release: release)
                #expect(try await service.get("/error")?.status == 500)
                #expect(try await service.get("/message")?.status == 200)
                #expect(try await service.get("/nightly")?.status == 200)
                #expect(try await service.child.stop() == .exited(0))

                let reports = try await lines("--json").map { try Report(line: $0) }
                    .filter { $0.event.release == release }
                #expect(reports.count == 2)
                try ReportRoute.expectError(in: try #require(reports.first))
                ReportRoute.expectMessage(in: try #require(reports.last))
                let titles = try await lines("--issues").compactMap { try JSONValue(parsing: $0.utf8).objectValue }
                #expect(
                    titles.contains { $0["type"] == "PaymentError" && $0["value"] == "PaymentError(order:underlying:)" }
                )
                #expect(titles.contains { $0["value"] == "cups are running out" }, "\(titles)")

                // Of all of it, also of what Bugsink only answers.
                let envelopes = try await lines("--envelopes", "--json").filter { $0.contains(release) }
                let items = try envelopes.flatMap { try self.items(of: $0) }
                let types = Dictionary(grouping: items) { $0["type"]?.stringValue ?? "" }.mapValues(\.count)
                #expect(types == ["event": 2, "attachment": 1, "check_in": 2, "log": 1, "session": 1, "sessions": 1])
                #expect(items.filter { $0["type"] == "attachment" }.map { $0["filename"] } == ["stock.csv"])
                #expect(place.files(below: "cache").filter { $0.hasSuffix(".envelope") } == [])
                #expect(
                    try await lines("--problems").filter { !$0.contains("\"skipped\"") && !$0.contains("\"ignored\"") }
                        == [])
                let answers = try String(contentsOfFile: Self.data + "/access.log", encoding: .utf8)
                    .split(separator: "\n").filter { $0.contains("/envelope/ ") }
                #expect(answers.count >= envelopes.count && answers.allSatisfy { $0.contains(" 200 ") }, "\(answers)")
            }
        }

        private func items(of envelope: String) throws -> [Fields] {
            let fields = try JSONValue(parsing: envelope.utf8).objectValue
            return fields?["items"]?.arrayValue?.compactMap(\.objectValue) ?? []
        }

        private func stored(_ options: String...) async throws -> Fields {
            let line = try await lines(options).last ?? "{}"
            return try JSONValue(parsing: Array(line.utf8)).objectValue ?? [:]
        }

        private func lines(_ options: String...) async throws -> [String] { try await lines(options) }

        private func lines(_ options: [String]) async throws -> [String] {
            let result = try await run(
                .at(SourceLine.root + "/tools/bugsink-events"),
                arguments: Arguments(["--dir", Self.data] + options), output: .string(limit: 16 << 20),
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
