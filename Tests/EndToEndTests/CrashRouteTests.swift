// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Subprocess
import Testing

/// Real processes, one test after the other: two cores serve a service, its collector and its clients.
@Suite(.serialized)
enum EndToEnd {}

extension EndToEnd {
    @Suite struct CrashRouteTests {
        @Test(arguments: CrashRoute.all, Build.all)
        func `a crash is reported after the restart with its reason, place and request`(
            route: CrashRoute, build: Build
        ) async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let first = try await ServiceProcess.start(build, in: place, dsn: collector.dsn, release: "shop@1.0")
                #expect(try await first.get("/orders/1001")?.status == 200)
                try await first.hold(["held-a", "held-b"])
                #expect(try await first.crash(route.name) == .signaled(route.signal))

                _ = try await ServiceProcess.start(build, in: place, dsn: collector.dsn, release: "shop@1.1")
                let report = try await collector.report()
                #expect(report.reason.contains(route.reason), "\(report.reason)")
                for (function, line) in try route.sourceLines() {
                    #expect(report.names(function, at: line), "\(function) \(line)\n\(report.stack)")
                }
                let own = report.frames.filter { $0.inApp == true }
                #expect(!own.isEmpty, "\(report.stack)")
                for frame in own {  // the compiler's own closures have no file
                    #expect(frame.absPath?.contains("/Examples/") ?? (frame.module == "HummingbirdService"), "\(frame)")
                }
                expectRequest(of: route, in: report)
                // The run that died, not the one that sent the report.
                #expect(report.event.release == "shop@1.0")
            }
        }

        private func expectRequest(of route: CrashRoute, in report: Report) {
            #expect(report.breadcrumbs.contains("looking up order \(route.order)"), "\(report.breadcrumbs)")
            #expect(report.breadcrumbs.contains("found order \(route.order)"), "\(report.breadcrumbs)")
            // Of the requests in flight beside it, and of the one that was answered before.
            #expect(!report.breadcrumbs.contains { $0.contains("held-") || $0 == "added up" }, "\(report.breadcrumbs)")
            #expect(report.event.tags["order"] == route.order)
            #expect(report.event.tags["slow"] == nil)
            #expect(report.event.user?.id == route.customer)
            #expect(report.event.transaction == "GET /crash/\(route.name)")
        }
    }
}
#endif
