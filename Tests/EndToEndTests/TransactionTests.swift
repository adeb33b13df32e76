// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// What a crash leaves of the transaction that it broke off.
    @Suite struct TransactionTests {
        private static let incoming = "771a43a4192642f0b136d5159a501700-1234567890abcdef"

        private func die(
            in place: Workplace, rate: String?
        ) async throws -> (crash: Event, transactions: [Event]) {
            let laboratory = try Laboratory(in: place)
            var environment = ["SWIFT_BACKTRACE": "enable=no", "LAB_TRACE": Self.incoming]
            environment["LAB_RATE"] = rate
            let victim = laboratory.victim("in-transaction", environment: environment)
            #expect(try await victim.end() == .signaled(SIGSEGV))
            let next = laboratory.recovery()
            #expect(try await next.end(within: .seconds(120)) == .exited(0))
            let prefix = "transaction: "
            let lines = await next.log.lines.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
            let transactions = try lines.map {
                Event(fields: try JSONValue(parsing: $0.utf8).objectValue ?? [:])
            }.filter { $0.transaction != "over" }  // whether that one was on disk before the crash is chance
            return (try #require(try await Laboratory.reports(of: next).first).event, transactions)
        }

        @Test func `a crash carries the trace it happened in, and its transaction is told as aborted`() async throws {
            try await Workplace.run { place in
                let (crash, transactions) = try await die(in: place, rate: "1")
                let trace = try #require(crash.contexts["trace"]?.objectValue)
                #expect(trace["trace_id"] == "771a43a4192642f0b136d5159a501700")
                #expect(crash.fields["unfinished"] == nil)
                let transaction = try #require(transactions.first)
                #expect(transactions.count == 1)
                #expect(transaction.transaction == "GET /orders/{id}")
                #expect(transaction.fields["transaction_info"] == ["source": "route"])
                #expect(transaction.release == "crashlab@1")
                let root = try #require(transaction.contexts["trace"]?.objectValue)
                #expect(root["trace_id"] == trace["trace_id"] && root["parent_span_id"] == "1234567890abcdef")
                #expect(root["span_id"] == trace["span_id"] && root["op"] == "http.server")
                #expect(root["status"] == "aborted")
                let start = try #require(transaction.fields["start_timestamp"].flatMap { Timestamp($0) })
                #expect(start <= (try #require(transaction.timestamp)))
                #expect(transaction.timestamp == crash.timestamp)
            }
        }

        @Test(arguments: ["0", nil])
        func `one that is not recorded is not told, and the crash carries the trace all the same`(
            _ rate: String?
        ) async throws {
            try await Workplace.run { place in
                let (crash, transactions) = try await die(in: place, rate: rate)
                #expect(crash.contexts["trace"]?.objectValue?["trace_id"] == "771a43a4192642f0b136d5159a501700")
                #expect(transactions.isEmpty)
            }
        }
    }
}
#endif
