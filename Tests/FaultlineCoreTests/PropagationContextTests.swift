// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct PropagationContextTests {
    /// The other SDK continues a trace whose ids are zeros only; they name no trace (W3C Trace Context), so here a new one
    /// begins.
    private static func namesNone(_ vector: Vector) -> Bool {
        let expected = vector.specified?.objectValue
        return ["trace_id", "parent_span_id"].contains { key in
            expected?[key]?.stringValue?.allSatisfy { $0 == "0" } ?? false
        }
    }

    @Test(arguments: VectorFile.cases("sentry_trace_parse"))
    func `sentry-trace`(_ vector: Vector) {
        let context = PropagationContext(sentryTrace: vector.input("header")?.stringValue ?? "", baggage: nil)
        guard let expected = vector.specified?.objectValue, !Self.namesNone(vector) else {
            #expect(context == nil)
            return
        }
        #expect(context?.traceID.description == expected["trace_id"]?.stringValue)
        #expect(context?.parentSpanID?.description == expected["parent_span_id"]?.stringValue)
        #expect(context?.parentSampled == expected["parent_sampled"]?.boolValue)
    }

    @Test(arguments: VectorFile.cases("baggage_parse"))
    func `baggage`(_ vector: Vector) {
        let members = Baggage.sentryMembers(of: vector.input("header")?.stringValue ?? "")
        let recommended = vector.fields["recommended_sentry_items"]
        #expect(.object(members) == recommended ?? vector.expected["sentry_items"])
        if recommended == nil { #expect(.string(Baggage.header(members)) == vector.expected["serialized"]) }
    }

    @Test(arguments: [
        ("00-771a43a4192642f0b136d5159a501700-1234567890abcdef-01", true),
        ("00-771a43a4192642f0b136d5159a501700-1234567890abcdef-00", true),
        (" cc-771a43a4192642f0b136d5159a501700-1234567890abcdef-01-what-may-come", true),
        ("00-771a43a4192642f0b136d5159a501700-1234567890abcdef-01-x", false),
        ("ff-771a43a4192642f0b136d5159a501700-1234567890abcdef-01", false),
        ("00-00000000000000000000000000000000-1234567890abcdef-01", false),
        ("00-771a43a4192642f0b136d5159a501700-0000000000000000-01", false),
        ("00-771A43A4192642F0B136D5159A501700-1234567890ABCDEF-01", false),
        ("00-771a43a4192642f0b136d5159a501700-1234567890abcdef", false), ("", false),
    ])
    func `traceparent, whose flag decides nothing here`(_ header: String, isOne: Bool) {
        let context = PropagationContext(traceparent: header)
        #expect((context != nil) == isOne)
        guard isOne else { return }
        #expect(context?.traceID.description == "771a43a4192642f0b136d5159a501700")
        #expect(context?.parentSpanID?.description == "1234567890abcdef")
        #expect(context?.parentSampled == nil)
    }

    @Test func `sentry-trace goes before traceparent`() {
        let headers = [
            "traceparent": "00-771a43a4192642f0b136d5159a501700-1234567890abcdef-01",
            "sentry-trace": "12312012123120121231201212312012-0415201309082013-1",
        ]
        #expect(PropagationContext { headers[$0] }?.traceID.description == "12312012123120121231201212312012")
    }
}
