// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// The examples that serve no requests, as a newcomer would start them.
    @Suite struct ExampleTests {
        private static func start(
            _ example: String, _ argument: String, in place: Workplace, dsn: String, release: String = "example@1.0"
        ) throws -> Child {
            place.start(
                "\(example) \(release)", .at(Build.own.directory + "/" + example), [argument],
                environment: [
                    "SENTRY_DSN": dsn, "SENTRY_RELEASE": release, "SENTRY_TRACES_SAMPLE_RATE": "1",
                    "FAULTLINE_DIR": try place.folder("cache"), "SWIFT_BACKTRACE": "enable=no",
                ])
        }

        private static func write(_ name: String, _ text: String, to folder: String) throws {
            // Whole from the start: the daemon looks at any moment, for files that end in `.order`.
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name), options: .atomic)
        }

        // MARK: - Daemon

        @Test func `the daemon reports an order that fails, goes on, and tells its end on SIGTERM`() async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let daemon = try Self.start("Daemon", try place.folder("spool"), in: place, dsn: collector.dsn)
                _ = try await daemon.line(containing: "watching")
                let new = try place.folder("spool/new")
                try Self.write("1.order", "kettle 4990\ncup free\n", to: new)
                let line = try await daemon.line(containing: "no invoice was made")
                try Self.write("2.order", "kettle 4990\ncup 890\n", to: new)
                try await eventually("the invoice") {
                    place.files(below: "spool").contains("done/2.order") ? true : nil
                }

                let transactions = try await collector.items("transaction", count: 2)
                #expect(transactions.count == 2)
                let jobs = try ["1.order", "2.order"].map { job in
                    try #require(transactions.first { $0["tags"]?.objectValue?["job"] == .string(job) })
                }
                let roots = try jobs.map {
                    #expect($0["transaction"] == "invoice" && $0["release"] == "example@1.0")
                    return try #require($0["contexts"]?.objectValue?["trace"]?.objectValue)
                }
                #expect(roots.map { $0["status"] } == ["internal_error", nil])
                #expect(roots.allSatisfy { $0["op"] == "queue.process" })
                #expect(roots[0]["trace_id"] != roots[1]["trace_id"])
                let spans = jobs[1]["spans"]?.arrayValue ?? []
                #expect(spans.map { $0.objectValue?["op"] } == ["file.read"])

                let events = try await collector.items("event")
                let event = Event(fields: try #require(events.first))
                #expect(events.count == 1)
                #expect(event.exceptions.map(\.type) == ["OrderError"])
                #expect(event.fields["logentry"]?.objectValue?["formatted"] == "no invoice was made")
                #expect(event.tags["job"] == "1.order")
                let trace = try #require(event.contexts["trace"]?.objectValue)
                #expect(trace["trace_id"] == roots[0]["trace_id"] && trace["span_id"] == roots[0]["span_id"])
                let traceID = try #require(trace["trace_id"]?.stringValue)
                #expect(line.contains("trace_id=\(traceID)"), "\(line)")
                #expect(Report(event: event).breadcrumbs.last == "watching \(place.directory)/spool")

                // The same file names again.
                try Self.write("2.order", "kettle 4990\n", to: new)
                try Self.write("1.order", "cup\n", to: new)
                try await eventually("both orders again") {
                    place.files(below: "spool/new").isEmpty && place.files(below: "spool/taken").isEmpty ? true : nil
                }
                #expect(try await daemon.stop() == .exited(0))
                let session = try #require(try await collector.items("session").last)
                #expect(session["status"] == "exited" && session["errors"] == 2)
                #expect(place.files(below: "cache").filter { $0.hasSuffix(".envelope") }.isEmpty)
                #expect(place.files(below: "spool/failed") == ["1.order"])
            }
        }

        @Test func `an order of which the daemon dies is reported by the next start, and not tried again`() async throws
        {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let new = try place.folder("spool/new")
                try Self.write("1.order", "cup 890\n", to: new)
                try Self.write("2.order", "", to: new)
                let spool = place.directory + "/spool"
                let victim = try Self.start("Daemon", spool, in: place, dsn: collector.dsn)
                #expect(try await victim.end().isSuccess == false)

                let next = try Self.start("Daemon", spool, in: place, dsn: collector.dsn, release: "example@1.1")
                let report = try await collector.report()
                #expect(report.reason.contains("an order without lines"), "\(report.reason)")
                #expect(report.event.release == "example@1.0")
                #expect(report.event.tags["job"] == "2.order")
                #expect(
                    report.names(
                        "Order.average", at: try SourceLine(of: "fatalError(", in: "Examples/Daemon/Order.swift")))
                #expect(report.breadcrumbs.last == "read the order")
                let trace = try #require(report.event.contexts["trace"]?.objectValue)
                // Whether the order before was told of, and when, is chance.
                try await eventually("the transaction that was broken off") {
                    try await collector.items("transaction").contains {
                        let root = $0["contexts"]?.objectValue?["trace"]?.objectValue
                        return root?["status"] == "aborted" && root?["trace_id"] == trace["trace_id"]
                    } ? true : nil
                }

                try Self.write("3.order", "cup 890\n", to: new)
                try await eventually("the next invoice") {
                    place.files(below: "spool").contains("done/3.order") ? true : nil
                }
                #expect(place.files(below: "spool/failed") == ["2.order"])
                #expect(try await next.stop() == .exited(0))
                #expect(try await collector.count() == 1)
            }
        }

        // MARK: - CronJob

        private static func checkIns(_ collector: CollectorProcess) async throws -> [Fields] {
            let checkIns = try await collector.items("check_in", count: 2)
            #expect(checkIns.count == 2 && checkIns[0]["check_in_id"] == checkIns[1]["check_in_id"])
            for checkIn in checkIns {
                #expect(checkIn["monitor_slug"] == "remove-old-backups" && checkIn["release"] == "example@1.0")
                #expect(
                    checkIn["monitor_config"]?.objectValue?["schedule"] == ["type": "crontab", "value": "0 3 * * *"])
            }
            return checkIns
        }

        @Test func `a job that ends well has said so before its end`() async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let backups = try place.folder("backups")
                for day in 10..<20 { try Self.write("2026-11-\(day).tar", "", to: backups) }
                for foreign in ["2026-11-01.tar.part", "0000-notes", "dpkg.status.0"] {
                    try Self.write(foreign, "", to: backups)
                }
                _ = try place.folder("backups/2026-11-02.tar")
                let job = try Self.start("CronJob", backups, in: place, dsn: collector.dsn)
                #expect(try await job.end() == .exited(0))
                let checkIns = try await Self.checkIns(collector)
                #expect(checkIns.map { $0["status"] } == ["in_progress", "ok"])
                #expect(checkIns[1]["duration"]?.doubleValue ?? -1 >= 0)
                let left = place.files(below: "backups")
                #expect(left.filter { $0.hasPrefix("2026-11-1") && $0.hasSuffix(".tar") }.count == 7)
                #expect(
                    left.filter { $0.hasSuffix(".part") || $0.hasPrefix("0000") || $0.hasPrefix("dpkg") }.count == 3)
                #expect(FileManager.default.fileExists(atPath: backups + "/2026-11-02.tar"))
                #expect(try await collector.count() == 0)
            }
        }

        @Test func `a job that fails says so, reports why, and ends with its status`() async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let job = try Self.start("CronJob", place.directory + "/nowhere", in: place, dsn: collector.dsn)
                #expect(try await job.end() == .exited(1))
                let checkIns = try await Self.checkIns(collector)
                #expect(checkIns.map { $0["status"] } == ["in_progress", "error"])
                let event = try await collector.report().event
                #expect(event.contexts["monitor"] == ["slug": "remove-old-backups"])
                #expect(event.exceptions.last?.mechanism?.handled == true, "\(Report(event: event).reason)")
                #expect(
                    event.contexts["trace"]?.objectValue?["trace_id"]
                        == checkIns[1]["contexts"]?.objectValue?["trace"]?.objectValue?["trace_id"])
                #expect(try await collector.count() == 1)
            }
        }

        @Test func `what a job could not say while the server was down is said by its next run`() async throws {
            try await Workplace.run { place in
                let first = try await CollectorProcess.start(in: place)
                #expect(try await first.child.stop() == .exited(0))
                let backups = try place.folder("backups")
                #expect(
                    try await Self.start("CronJob", backups, in: place, dsn: first.dsn).end() == .exited(0))
                let collector = try await CollectorProcess.start(in: place, port: first.port)
                #expect(
                    try await Self.start("CronJob", place.directory + "/nowhere", in: place, dsn: first.dsn).end()
                        == .exited(1))
                let checkIns = try await collector.items("check_in", count: 4)
                #expect(Set(checkIns.compactMap { $0["status"]?.stringValue }) == ["in_progress", "ok", "error"])
                #expect(checkIns.count == 4)
            }
        }
    }
}
#endif
