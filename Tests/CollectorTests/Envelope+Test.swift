// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol

@testable import FaultlineCollector

extension Envelope {
    /// One event: an exception, thrown in `function` of the service.
    static func test(
        _ value: String = "no order 1001", id: EventID = EventID(), function: String = "Shop.take(_:)",
        fingerprint: [String]? = nil, timestamp: Timestamp? = nil
    ) -> Envelope {
        var event = Event()
        event.eventID = id
        event.timestamp = timestamp
        event.fingerprint = fingerprint
        event.exceptions = [
            ExceptionValue(fields: [
                "type": "OrderError", "value": .string(value),
                "stacktrace": [
                    "frames": [
                        ["function": "main", "in_app": true], ["function": .string(function), "in_app": true],
                        ["function": "_assertionFailure(_:)", "in_app": false],
                    ]
                ],
            ])
        ]
        return Envelope(
            header: ["event_id": .string(id.description)],
            items: [EnvelopeItem(type: "event", payload: event.serialized())])
    }

    func received() throws -> ReceivedEnvelope {
        try ReceivedEnvelope(serialized())
    }
}
#endif
