// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Subprocess
import Testing

extension EndToEnd {
    /// Two services, of which the first asks the second.
    @Suite struct TraceTests {
        private static let rate = ["SENTRY_TRACES_SAMPLE_RATE": "1"]

        private static func start(
            _ release: String, of build: Build, in place: Workplace, _ collector: CollectorProcess,
            asks upstream: String = ""
        ) async throws -> ServiceProcess {
            let own = [
                "FAULTLINE_DIR": try place.folder("cache-" + release.prefix { $0 != "@" }),
                "UPSTREAM": upstream,
            ]
            return try await ServiceProcess.start(
                build, in: place, dsn: collector.dsn, release: release, environment: rate.merging(own) { $1 })
        }

        @Test(arguments: Build.all)
        func `a request through two services is one trace`(build: Build) async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let second = try await Self.start("orders@1", of: build, in: place, collector)
                let first = try await Self.start("front@1", of: build, in: place, collector, asks: second.url)
                let answer = try await first.get("/forward?path=/orders/1001")
                #expect(answer?.status == 200 && answer?.body == "1001: 5880 cents\n")

                let transactions = try await collector.transactions(count: 2)
                let (front, orders) = (try transactions.of("front@1"), try transactions.of("orders@1"))
                #expect(front.event.transaction == "GET /forward" && orders.event.transaction == "GET /orders/{id}")
                #expect(front.root["parent_span_id"] == nil)
                #expect(front.traceID != nil && orders.traceID == front.traceID)
                let call = try front.span("http.client")
                #expect(call["parent_span_id"] == front.root["span_id"] && call["trace_id"] == front.root["trace_id"])
                #expect(orders.root["parent_span_id"] == call["span_id"])
                #expect(orders.root["op"] == "http.server" && orders.root["status"] == "ok")
                #expect(orders.samplingContext == front.samplingContext)
                #expect(orders.samplingContext["release"] == "front@1")

                // The next request is another trace.
                #expect(try await first.get("/forward?path=/hello")?.status == 200)
                let all = try await collector.transactions(count: 4)
                #expect(Set(all.map(\.traceID)).count == 2)

                // This would be another host.
                #expect(try await first.get("/forward?path=.example.com")?.status == 400)
            }
        }

        @Test(arguments: Build.all)
        func `a crash behind a request, and the error it causes in front, are of one trace`(
            build: Build
        ) async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let second = try await Self.start("orders@1", of: build, in: place, collector)
                let first = try await Self.start("front@1", of: build, in: place, collector, asks: second.url)
                #expect(try await first.get("/forward?path=/crash/index")?.status == 502)
                #expect(try await second.child.end() == .signaled(CrashRoute.trap))
                _ = try await Self.start("orders@2", of: build, in: place, collector)

                let transactions = try await collector.transactions(count: 2)
                let (front, orders) = (try transactions.of("front@1"), try transactions.of("orders@1"))
                let trace = try #require(front.traceID)
                let call = try front.span("http.client")
                #expect(orders.event.transaction == "GET /crash/index" && orders.root["status"] == "aborted")
                #expect(orders.traceID == trace && orders.root["parent_span_id"] == call["span_id"])

                let events = try await collector.items("event", count: 2).map { Event(fields: $0) }
                #expect(events.count == 2)
                let crash = try #require(events.first { $0.release == "orders@1" })
                #expect(crash.level == .fatal && Report(event: crash).reason.contains("Index out of range"))
                let crashed = try #require(crash.contexts["trace"]?.objectValue)
                #expect(crashed["trace_id"]?.stringValue == trace && crashed["span_id"] == orders.root["span_id"])

                let error = try #require(events.first { $0.release == "front@1" })
                #expect(error.level == .error && error.exceptions.last?.mechanism?.handled == true)
                #expect(error.contexts["trace"]?.objectValue?["trace_id"]?.stringValue == trace)
            }
        }
    }
}
#endif
