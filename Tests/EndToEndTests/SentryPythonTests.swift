// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Subprocess
import Testing

extension EndToEnd {
    /// One trace with an SDK that is not ours. `tools/test` installs it and says where it is.
    @Suite(.enabled(if: Peer.python != nil, "no sentry-python; tools/test installs it"))
    struct SentryPythonTests {
        private static func peer(
            _ arguments: [String], rate: String, in place: Workplace, _ collector: CollectorProcess
        ) throws -> Child {
            let script = SourceLine.root + "/Tests/EndToEndTests/sentry-python/peer.py"
            return place.start(
                "peer", .at(try #require(Peer.python)), [script] + arguments,
                environment: [
                    "SENTRY_DSN": collector.dsn, "SENTRY_RELEASE": "peer@1", "SENTRY_TRACES_SAMPLE_RATE": rate,
                    "no_proxy": "127.0.0.1",
                ])
        }

        /// What is decided and drawn at the head of the trace is the same behind it.
        private func expectOneTrace(_ head: StoredTransaction, _ tail: StoredTransaction) throws {
            let call = try head.span("http.client")
            #expect(head.traceID != nil && tail.traceID == head.traceID)
            #expect(tail.root["parent_span_id"] == call["span_id"])
            #expect(tail.samplingContext == head.samplingContext)
            #expect(head.samplingContext["trace_id"]?.stringValue == head.traceID)
            #expect(head.samplingContext["sampled"] == "true")
            for name in ["public_key", "sample_rand", "sample_rate", "release", "transaction"] {
                #expect(head.samplingContext[name]?.stringValue?.isEmpty == false, "\(head.header)")
            }
        }

        // The side that continues has the rate 0: the decision of the other is to count.

        @Test func `a transaction of sentry-python goes on in the service it asks`() async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let service = try await ServiceProcess.start(
                    .all[0], in: place, dsn: collector.dsn, environment: ["SENTRY_TRACES_SAMPLE_RATE": "0"])
                let peer = try Self.peer(["get", service.url + "/orders/1001"], rate: "1", in: place, collector)
                _ = try await peer.line(containing: "status 200")

                let transactions = try await collector.transactions(count: 2)
                let own = try transactions.of("shop@1.0")
                #expect(own.event.transaction == "GET /orders/{id}" && own.root["op"] == "http.server")
                try expectOneTrace(try transactions.of("peer@1"), own)
            }
        }

        @Test func `a transaction of the service goes on in sentry-python that it asks`() async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let peer = try Self.peer(["serve"], rate: "0", in: place, collector)
                let line = try await peer.line(containing: "listening on ")
                let service = try await ServiceProcess.start(
                    .all[0], in: place, dsn: collector.dsn,
                    environment: [
                        "SENTRY_TRACES_SAMPLE_RATE": "1", "UPSTREAM": String(line.dropFirst("listening on ".count)),
                    ])
                #expect(try await service.get("/forward?path=/hello")?.status == 200)

                let transactions = try await collector.transactions(count: 2)
                let theirs = try transactions.of("peer@1")
                #expect(theirs.event.transaction == "GET /hello" && theirs.root["op"] == "http.server")
                try expectOneTrace(try transactions.of("shop@1.0"), theirs)
            }
        }

        @Test func `a trace that sentry-python does not sample is not sampled behind it, and its errors carry it`()
            async throws
        {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let service = try await ServiceProcess.start(
                    .all[0], in: place, dsn: collector.dsn, environment: ["SENTRY_TRACES_SAMPLE_RATE": "1"])
                let peer = try Self.peer(["get", service.url + "/error"], rate: "0", in: place, collector)
                let line = try await peer.line(containing: "status 500")
                #expect(try await peer.end() == .exited(0))
                let trace = try #require(try await collector.report().event.contexts["trace"]?.objectValue)
                #expect(line.hasSuffix(" of trace \(trace["trace_id"]?.stringValue ?? "?")"), "\(line)")

                // All that it had to send is sent before it ends.
                #expect(try await service.child.stop() == .exited(0))
                #expect(try await collector.items("session").isEmpty == false)
                #expect(try await collector.transactions(count: 0).isEmpty)
            }
        }
    }
}

private enum Peer {
    /// An interpreter that finds `sentry_sdk`.
    static let python = Build.variable("FAULTLINE_E2E_SENTRY_PYTHON")
}
#endif
