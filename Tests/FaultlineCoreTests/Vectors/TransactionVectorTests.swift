// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

/// Transactions from start to server.
@Suite struct TransactionVectorTests {
    private struct Refusal: Error {}

    /// A client, and a request's scopes with the trace that these headers say.
    private static func scopes(_ server: VectorClient, _ headers: [(name: String, value: String)]) -> Scopes {
        let scopes = Scopes(isolation: Scope(), current: Scope())
        scopes.isolation.continueTrace(PropagationContext(headers: headers, server.client) ?? PropagationContext())
        return scopes
    }

    private static func start(
        _ server: VectorClient, _ scopes: Scopes, name: String = "test", source: TransactionSource = .custom,
        sampled: Bool? = nil
    ) -> Span {
        server.client.startTransaction(
            Transaction.Label(name: name, source: source), operation: "test", origin: "manual", sampled: sampled,
            custom: [:], in: scopes.isolation, scopes.current)
    }

    @Test(arguments: VectorFile.cases("sampling_traces"))
    func `whether a transaction is recorded`(_ vector: Vector) async throws {
        let options = vector.input("options")?.objectValue ?? [:]
        @Sendable func rate(_ value: JSONValue) -> Double {
            value.boolValue.map { $0 ? 1 : 0 } ?? value.doubleValue ?? .nan
        }
        let calls = Counter()
        let server = try VectorClient {
            $0.tracesSampleRate = options["traces_sample_rate"].map(rate).flatMap { (0...1).contains($0) ? $0 : nil }
            if let answer = options["traces_sampler"] {
                $0.tracesSampler = { _ in
                    calls.increase()
                    if answer == "<raises>" { throw Refusal() }
                    return rate(answer)
                }
            } else if let fixed = options["traces_sample_rate"].map(rate), !(0...1).contains(fixed) {
                // Here such an option is refused by name; what a sampler answers is decided by the same rule.
                $0.tracesSampler = { _ in fixed }
            }
        }
        for round in 0...(vector.input("backpressure_factor")?.integerValue ?? 0) {
            _ = server.client.backpressure.factor(now: MonotonicClock.now + UInt64(11 * round) * 1_000_000_000) {
                false
            }
        }
        let flag = vector.input("parent_sampled")?.boolValue.map { $0 ? "-1" : "-0" } ?? ""
        let rand = vector.input("sample_rand")?.doubleValue ?? 0
        let scopes = Self.scopes(
            server,
            [
                ("sentry-trace", "\(TracingVectorTests.traceID)-1234567890abcdef\(flag)"),
                ("baggage", "sentry-sample_rand=\(rand)"),
            ])
        let span = Self.start(server, scopes, sampled: vector.input("explicit_sampled")?.boolValue)
        #expect(span.isSampled == vector.expected["sampled"]?.boolValue)
        #expect(span.transaction?.decision.rate == vector.expected["sample_rate"]?.doubleValue)
        #expect((calls.value > 0) == vector.expected["sampler_called"]?.boolValue)
        span.finish()
        #expect(server.report == vector.expected["client_report"]?.rows)
        #expect((await server.sent() != nil) == vector.expected["transaction_sent"]?.boolValue)
    }

    @Test(arguments: VectorFile.cases("limits") { $0.input("what") == "spans" })
    func `the first spans are kept, and how many there were is told`(_ vector: Vector) async throws {
        let server = try VectorClient {
            $0.tracesSampleRate = 1
            if let limit = vector.input("max_spans")?.integerValue { $0.maxSpans = Int(limit) }
        }
        let span = Self.start(server, Self.scopes(server, []))
        for _ in 0..<(vector.input("finished")?.integerValue ?? 0) { span.startChild(operation: "step").finish() }
        for _ in 0..<(vector.input("unfinished")?.integerValue ?? 0) { _ = span.startChild(operation: "step") }
        span.finish()
        #expect(server.report == vector.expected["client_report"]?.rows)
        let event = try #require(await server.sent())
        #expect(.integer(Int64(event.spanCount)) == vector.expected["kept"])
        let length = event.fields["_meta"]?.objectValue?["spans"]?.objectValue?[""]?.objectValue?["len"]
        #expect(length ?? .null == vector.expected["meta_len"])
    }

    @Test(arguments: VectorFile.cases("dynamic_sampling_context"))
    func `what every service of the trace is told`(_ vector: Vector) async throws {
        let options = vector.input("options")?.objectValue ?? [:]
        let server = try VectorClient {
            $0.dsn = options["dsn"]?.stringValue
            $0.release = options["release"]?.stringValue
            $0.environment = options["environment"]?.stringValue
            $0.tracesSampleRate = options["traces_sample_rate"]?.doubleValue
        }
        let headers = (vector.input("incoming_headers")?.objectValue ?? [:]).map { name, value in
            // As a CGI environment has them.
            var name = name.lowercased().replacing("_", with: "-")
            if name.hasPrefix("http-") { name = String(name.dropFirst(5)) }
            return (name: name, value: value.stringValue ?? "")
        }
        let said = vector.input("transaction")?.objectValue ?? [:]
        func begin() -> (Scopes, Span) {
            let scopes = Self.scopes(server, headers)
            let source = said["source"]?.stringValue.flatMap { TransactionSource(rawValue: $0) }
            let span = Self.start(server, scopes, name: said["name"]?.stringValue ?? "", source: source ?? .custom)
            return (scopes, span)
        }
        // The vector's number is not that of a trace that begins here: until one is decided as the vector has it.
        var (scopes, span) = begin()
        for _ in 0..<1000 where .bool(span.isSampled) != vector.expected["sent"] { (scopes, span) = begin() }
        // What is random, and what must hold of it.
        var expected = vector.expected["envelope_trace_header"]?.objectValue ?? [:]
        if expected["trace_id"] == "<trace_id>" { expected["trace_id"] = .string(span.traceID.description) }
        let transaction = try #require(span.transaction)
        let found = transaction.samplingContext
        let rand = try #require((found["sample_rand"]?.stringValue).flatMap { SampleRand($0) })
        #expect(rand.text.count == 8)
        let rate =
            headers.contains { $0.value.contains("sample_rate=0.01337") } && found["public_key"] == "frontendpublickey"
        if rate { #expect(rand.value < 0.01337) }
        let outgoing = server.client.propagationHeaders(
            for: "https://elsewhere.example.com", baggage: nil, EventTrace(scopes.with(span)))
        span.finish()
        #expect((await server.sent() != nil) == vector.expected["sent"]?.boolValue)
        guard vector.expected["sent"] == true else { return }
        expected["sample_rand"] = .string(rand.text)
        let sent = try #require(server.transport.envelopes.first { $0.items.first?.type == "transaction" })
        #expect(sent.header["trace"]?.means(.object(expected)) == true, "\(sent.header)")
        let text = vector.expected["outgoing_baggage"]?.stringValue?
            .replacing("<trace_id>", with: span.traceID.description)
            .replacing(/sample_rand=[0-9.]+/, with: "sample_rand=\(rand.text)")
        #expect(outgoing.first { $0.name == "baggage" }?.value == text)
    }

    @Test(arguments: VectorFile.cases("trace_decision_matrix"))
    func `what is recorded, and what other services are told`(_ vector: Vector) async throws {
        let server = try VectorClient {
            $0.tracesSampleRate = vector.input("traces_sample_rate")?.doubleValue
            $0.tracePropagationTargets = vector.input("target_matches") == true ? ["elsewhere"] : ["nowhere"]
        }
        var headers: [(name: String, value: String)] = []
        if vector.input("incoming_trace") == true {
            let flag = vector.input("incoming_sampled")?.boolValue.map { $0 ? "-1" : "-0" } ?? ""
            headers.append(("sentry-trace", "\(TracingVectorTests.traceID)-1234567890abcdef\(flag)"))
        }
        let scopes = Self.scopes(server, headers)
        let span = Self.start(server, scopes)
        let outgoing = server.client.propagationHeaders(
            for: "https://elsewhere.example.com", baggage: nil,
            EventTrace(span.transaction == nil ? scopes : scopes.with(span)))
        span.finish()
        #expect((await server.sent() != nil) == vector.expected["sends_spans"]?.boolValue)
        #expect(!outgoing.isEmpty == vector.expected["outgoing_headers"]?.boolValue)
        if vector.expected["outgoing_trace_id_equals_incoming"] == true {
            #expect(outgoing.first?.value.hasPrefix(TracingVectorTests.traceID) == true)
        }
    }
}
