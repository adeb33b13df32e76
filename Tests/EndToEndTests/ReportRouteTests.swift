// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Subprocess
import Testing

extension EndToEnd {
    /// What the example reports while it lives, at our own server; `BugsinkTests` has the same at another's.
    @Suite struct ReportRouteTests {
        @Test(arguments: Build.all)
        func `an error that a request throws arrives while the service lives`(build: Build) async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let service = try await ServiceProcess.start(build, in: place, dsn: collector.dsn)
                #expect(try await service.get("/orders/none")?.status == 404)
                #expect(try await service.get("/error")?.status == 500)
                try ReportRoute.expectError(in: try await collector.report())
                let text = try await collector.printedReport()
                #expect(text.contains("PaymentError") && text.contains("looking up order 1001"), "\(text)")
                #expect(try await collector.count() == 1)
                #expect(try await service.child.stop() == .exited(0))
            }
        }
    }
}

/// What `Examples/HummingbirdService/ReportRoutes.swift` sends, as a server has it.
enum ReportRoute {
    static func expectError(in report: Report) throws {
        let event = report.event
        #expect(event.level == .error)
        #expect(event.exceptions.map(\.type) == ["BankError.Cause", "BankError", "PaymentError"], "\(report.reason)")
        #expect(
            event.exceptions.map(\.value)
                == ["timeout(seconds:)", "noAnswer(line:cause:)", "PaymentError(order:underlying:)"])
        #expect(event.exceptions.allSatisfy { $0.module == "HummingbirdService" && $0.mechanism?.handled == false })
        #expect(event.exceptions.last?.mechanism?.type == "auto.http.hummingbird")
        #expect(event.exceptions.map { $0.mechanism?.source } == ["cause", "underlying", nil])

        let place = try SourceLine(
            of: "FaultlineSDK.captureException(error", in: "Sources/FaultlineHummingbird/FaultlineMiddleware.swift")
        #expect(report.names("FaultlineMiddleware.handle(", at: place), "\(report.stack)")
        #expect(report.frames.contains { $0.inApp == false && $0.module == "Hummingbird" }, "\(report.stack)")

        #expect(report.breadcrumbs == ["looking up order 1001", "found order 1001"])
        #expect(event.tags["order"] == "1001")
        #expect(event.user?.id == "ada")
        #expect(event.transaction == "GET /error")
        #expect(event.request?.method == "GET")
        for name in ["os", "runtime", "device", "app", "trace"] {
            #expect(event.contexts[name]?.objectValue?.isEmpty == false, "\(name): \(event.contexts)")
        }
    }

    static func expectMessage(in report: Report) {
        let event = report.event
        #expect(event.level == .warning)
        #expect(event.tags["warehouse"] == "vienna")
        #expect(event.contexts["stock"] == ["article": "cup", "left": 2])
        #expect(event.transaction == "GET /message")
        // Of the request before it.
        #expect(report.breadcrumbs == [] && event.tags["order"] == nil && event.user?.id == nil)
    }
}
#endif
