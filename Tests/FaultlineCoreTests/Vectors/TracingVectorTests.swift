// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

/// Headers and decisions, each by itself.
@Suite struct TracingVectorTests {
    static let traceID = "771a43a4192642f0b136d5159a501700"

    // MARK: - Headers

    @Test(arguments: VectorFile.cases("sentry_trace_serialize"))
    func `outgoing sentry-trace and traceparent`(_ vector: Vector) throws {
        let traceID = try #require(vector.input("trace_id")?.stringValue.flatMap { TraceID($0) })
        let spanID = try #require(vector.input("span_id")?.stringValue.flatMap { SpanID($0) })
        let sampled = vector.input("sampled")?.boolValue
        let header =
            vector.input("header") == "traceparent"
            ? PropagationContext.traceparent(traceID, spanID, sampled: sampled)
            : PropagationContext.sentryTrace(traceID, spanID, sampled: sampled)
        #expect(.string(header) == vector.specified)
    }

    @Test(arguments: VectorFile.cases("baggage_serialize"))
    func `outgoing baggage`(_ vector: Vector) {
        #expect(.string(Baggage.header(vector.input("sentry_items")?.objectValue ?? [:])) == vector.specified)
    }

    @Test(arguments: VectorFile.cases("baggage_merge_outgoing"))
    func `baggage that a request has already keeps its other members`(_ vector: Vector) {
        if let header = vector.input("strip") {
            #expect(.string(Baggage.withoutSentryMembers(header.stringValue ?? "")) == vector.specified)
        } else {
            let merged = Baggage.merged(
                vector.input("existing")?.stringValue, with: vector.input("sentry_baggage")?.stringValue ?? "")
            #expect(.string(merged) == vector.specified)
        }
    }

    @Test(arguments: VectorFile.cases("trace_propagation_targets"))
    func `which requests carry the trace on`(_ vector: Vector) throws {
        let targets = try vector.input("targets")?.arrayValue.map { patterns in
            try patterns.map { try TracePropagationTarget.pattern($0.stringValue ?? "") }
        }
        let server = try VectorClient {
            $0.dsn = vector.input("dsn")?.stringValue
            // The other SDK sends nothing where none are set; here, as specified, none set is all.
            $0.tracePropagationTargets = targets ?? []
        }
        let url = vector.input("url")?.stringValue ?? ""
        #expect(.bool(server.client.isPropagated(to: url)) == vector.specified)
    }

    // MARK: - Continuation

    @Test(arguments: VectorFile.cases("trace_continuation_org"))
    func `whether a trace that came in is continued`(_ vector: Vector) throws {
        var baggage = vector.input("baggage")?.stringValue
        if let id = vector.input("baggage_org_id")?.integerValue { baggage = "sentry-org_id=\(id)" }
        let server = try VectorClient {
            $0.dsn = vector.input("dsn")?.stringValue ?? ""
            $0.orgID =
                vector.input("sdk_org_id")?.integerValue.map(String.init) ?? vector.input("org_id_option")?.stringValue
            $0.strictTraceContinuation = vector.input("strict_trace_continuation")?.boolValue ?? false
        }
        var headers = [(name: "sentry-trace", value: "\(Self.traceID)-1234567890abcdef-1")]
        if let baggage { headers.append(("baggage", baggage)) }
        let context = PropagationContext(headers: headers, server.client)
        #expect((context != nil) == vector.expected["continue"]?.boolValue)
    }

    @Test(arguments: VectorFile.cases("sample_rand_backfill"))
    func `a number that is missing agrees with what was decided`(_ vector: Vector) throws {
        let rand = vector.input("baggage_sample_rand")?.stringValue
        let rate = vector.input("baggage_sample_rate")?.stringValue
        let sampled = vector.input("sentry_trace_flag")?.boolValue
        var members = ["sentry-trace_id=\(Self.traceID)"]
        if let rand { members.append("sentry-sample_rand=\(rand)") }
        if let rate { members.append("sentry-sample_rate=\(rate)") }
        let baggage = members.joined(separator: ","), flag = sampled.map { $0 ? "-1" : "-0" } ?? ""
        func filled(_ traceID: String) -> String? {
            let context = PropagationContext(sentryTrace: "\(traceID)-1234567890abcdef\(flag)", baggage: baggage)
            return context?.incoming?["sample_rand"]?.stringValue
        }
        let found = filled(Self.traceID)
        guard vector.expected["generated"] == true else {
            #expect(found.map { .string($0) } ?? .null == vector.expected["lowest_possible"])
            return
        }
        let bounds = vector.expected["range_micro"]?.arrayValue?.map { $0.doubleValue ?? .nan }
        let range = try #require(bounds)
        for _ in 0..<1000 {
            let id = TraceID().description
            let text = try #require(filled(id))
            let value = try #require(Double(text)) * 1_000_000
            #expect(text.count == 8 && value >= range[0] && value < range[1])
            #expect(filled(id) == text)
        }
    }

    @Test(arguments: VectorFile.cases("http_status_to_span_status"))
    func `what an HTTP status says of a span`(_ vector: Vector) throws {
        let code = try #require(vector.fields["input"]?.integerValue)
        #expect(.string(SpanStatus(httpStatus: Int(code)).rawValue) == vector.specified)
    }
}
