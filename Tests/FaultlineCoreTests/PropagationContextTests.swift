// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCore

@Suite struct PropagationContextTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let id: String
        let input: Fields
        let expected: JSONValue

        var testDescription: String { id }

        /// What to implement where sentry-python is off counts before what it does.
        static func all(_ name: String, recommended: String = "recommended") throws -> [Vector] {
            let path = String(#filePath.prefix(through: #filePath.lastIndex(of: "/")!)) + "../Vectors/\(name).json"
            let bytes = try #require(TemporaryDirectory.contents(of: path))
            let cases = try #require(try JSONValue(parsing: bytes).objectValue?["cases"]?.arrayValue)
            return try cases.map { value in
                let fields = try #require(value.objectValue)
                return Vector(
                    id: fields["id"]?.stringValue ?? "", input: fields["input"]?.objectValue ?? [:],
                    expected: fields[recommended] ?? fields["expected"] ?? .null)
            }
        }
    }

    // Vector 28 has ids of zeros only, which sentry-python continues; they name no trace (W3C Trace Context), so here
    // a new one begins.
    @Test(arguments: try Vector.all("sentry_trace_parse").filter { $0.id != "sentry_trace_parse-28" })
    func `sentry-trace`(vector: Vector) {
        let context = PropagationContext(sentryTrace: vector.input["header"]?.stringValue ?? "", baggage: nil)
        guard let expected = vector.expected.objectValue else {
            #expect(context == nil)
            return
        }
        #expect(context?.traceID.description == expected["trace_id"]?.stringValue)
        #expect(context?.parentSpanID?.description == expected["parent_span_id"]?.stringValue)
        #expect(context?.parentSampled == expected["parent_sampled"]?.boolValue)
    }

    @Test(arguments: try Vector.all("baggage_parse", recommended: "recommended_sentry_items"))
    func `baggage`(vector: Vector) {
        let members = Baggage.sentryMembers(of: vector.input["header"]?.stringValue ?? "")
        let expected = vector.expected.objectValue?["sentry_items"]?.objectValue ?? vector.expected.objectValue ?? [:]
        #expect(members == expected)
    }
}
