// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

private struct ValueError: Error {}

@Suite struct DropVectorTests {
    private struct Refusal: Error {}

    /// `drop`, `raise`, a number of spans to take away, or nothing.
    private static func processor(_ rule: JSONValue?) -> EventProcessor? {
        guard let rule, rule != .null else { return nil }
        return { event, _ in
            if rule == "raise" { throw Refusal() }
            guard let lost = rule.integerValue else { return nil }
            var event = event
            let spans = event.fields["spans"]?.arrayValue ?? []
            event.fields["spans"] = .array(Array(spans.dropLast(Int(lost))))
            return event
        }
    }

    @Test(arguments: VectorFile.cases("drops_and_client_reports"))
    func `a drop is counted as the vector says`(_ vector: Vector) async throws {
        let ignored = vector.input("ignore_errors")?.arrayValue?.compactMap(\.stringValue)
        let server = try VectorClient {
            $0.beforeSend = Self.processor(vector.input("before_send"))
            $0.beforeSendTransaction = Self.processor(vector.input("before_send_transaction"))
            if let ignored { $0.ignoreErrors = ignored.map { .named($0) } }
        }
        let id = FaultlineSDK.withIsolationScope { scope in
            if let processor = Self.processor(vector.input("event_processor")) { scope.addEventProcessor(processor) }
            return capture(vector, server.client)
        }
        #expect(server.report == Self.report(vector))
        if let returned = vector.expected["event_id_returned"]?.boolValue {
            #expect((id != nil) == Self.isSent(vector, returned))
        }
        _ = await server.client.flush(timeout: .seconds(10))
        let sent = vector.expected["sent"]?.boolValue as Bool?
        #expect(!server.transport.envelopes.isEmpty == sent.map { Self.isSent(vector, $0) })
    }

    private func capture(_ vector: Vector, _ client: Client) -> EventID? {
        if let spans = vector.input("spans")?.integerValue {
            let span: JSONValue = [
                "trace_id": "771a43a4192642f0b136d5159a501700", "span_id": "b0e6f15b45c36b12", "start_timestamp": 1,
                "timestamp": 2,
            ]
            return client.captureEvent(
                Event(fields: [
                    "type": "transaction", "transaction": "t", "start_timestamp": 1, "timestamp": 2,
                    "spans": .array(Array(repeating: span, count: Int(spans))),
                ]))
        }
        switch vector.input("kind")?.stringValue {
        case "exception": return client.captureException(ValueError())
        case "message": return client.captureMessage("hello")
        case "check_in": return client.captureTestCheckIn()
        default: return nil
        }
    }

    // What the notes of the file say the specification asks for instead:
    // a processor or hook that throws drops the event, an ignored error is counted, check-ins are seen by no hook.

    private static func throwing(_ vector: Vector) -> DiscardReason? {
        if vector.input("kind") == "check_in" { return nil }
        if vector.input("event_processor") == "raise" { return .eventProcessor }
        return vector.input("before_send") == "raise" || vector.input("before_send_transaction") == "raise"
            ? .beforeSend : nil
    }

    private static func isHookedCheckIn(_ vector: Vector) -> Bool {
        vector.input("kind") == "check_in" && vector.input("before_send") ?? .null != .null
    }

    private static func isSent(_ vector: Vector, _ observed: Bool) -> Bool {
        if isHookedCheckIn(vector) { return true }
        return throwing(vector) == nil ? observed : false
    }

    private static func report(_ vector: Vector) -> [JSONValue] {
        if vector.fields["spec_expected"] == nil, vector.fields["recommended"] == nil {
            if isHookedCheckIn(vector) { return [] }
            if let reason = throwing(vector) { return [[.string(reason.rawValue), "error", 1]] }
            let observed = vector.expected["client_report"]?.rows ?? []
            let isIgnored = vector.expected["sent"] == false && observed.isEmpty
            return isIgnored ? [["event_processor", "error", 1]] : observed
        }
        return (vector.specified?.objectValue?["client_report"] ?? vector.expected["client_report"])?.rows ?? []
    }
}
