// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// The network, the options or the disk fail: one line in the log, the service runs on, nothing is lost.
    @Suite struct OutageTests {
        private let build = Build.all[0]

        @Test func `a report waits on disk while the server is down, and arrives when it is back`() async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let first = try await ServiceProcess.start(build, in: place, dsn: collector.dsn)
                _ = try await collector.child.stop()
                #expect(try await first.crash("index") == .signaled(CrashRoute.trap))

                let second = try await ServiceProcess.start(build, in: place, dsn: collector.dsn, release: "shop@1.1")
                _ = try await second.child.line(containing: "reports cannot be sent")
                #expect(place.files(below: "cache").contains { $0.contains("outbox/") && $0.hasSuffix(".envelope") })
                #expect(try await second.get("/hello")?.status == 200)

                let back = try await CollectorProcess.start(in: place, port: collector.port)
                let report = try await back.report(within: .seconds(60))
                #expect(report.reason.contains("Index out of range"))
                #expect(report.event.release == "shop@1.0")
                try await eventually("an empty outbox") {
                    place.files(below: "cache").contains { $0.hasSuffix(".envelope") && $0.contains("outbox/") }
                        ? nil : true
                }
            }
        }

        @Test(arguments: ["http://@nowhere/1", "nonsense", "http://key@host"])
        func `a wrong DSN gives one line, and the service runs on`(dsn: String) async throws {
            try await Workplace.run { place in
                let service = try await ServiceProcess.start(build, in: place, dsn: dsn)
                #expect(try await service.get("/orders/1001")?.status == 200)
                #expect(try await service.child.stop() == .exited(0))
                let lines = await service.child.log.lines
                #expect(lines.count { $0.contains("dsn (SENTRY_DSN): ") } == 1, "\(lines)")
            }
        }

        @Test func `a crash under a wrong DSN is sent by the run that has the right one`() async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let first = try await ServiceProcess.start(build, in: place, dsn: "nonsense")
                #expect(try await first.crash("nil") == .signaled(CrashRoute.trap))
                _ = try await ServiceProcess.start(build, in: place, dsn: collector.dsn, release: "shop@1.1")
                #expect(try await collector.report().reason.contains("Unexpectedly found nil"))
            }
        }

        @Test func `an unusable cache directory gives one line, and the service runs on`() async throws {
            try await Workplace.run { place in
                // Below a file no directory can be made, not even by root.
                let service = try await ServiceProcess.start(
                    build, in: place, dsn: "",
                    environment: [
                        "FAULTLINE_DIR": build.service + "/cache", "STATE_DIRECTORY": try place.folder("state"),
                    ])
                #expect(try await service.get("/orders/1001")?.status == 200)
                #expect(try await service.child.stop() == .exited(0))
                let lines = await service.child.log.lines
                #expect(lines.count { $0.contains(build.service + "/cache") } == 1, "\(lines)")
            }
        }
    }
}
#endif
