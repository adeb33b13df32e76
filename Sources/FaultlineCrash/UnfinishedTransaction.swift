// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// A transaction that ran when the process crashed, as the black box has it.
struct UnfinishedTransaction: Sendable {
    /// The member's name in a crash file; no server knows it.
    static let key = "unfinished"

    private let name: String
    private let source: String
    private let start: Timestamp
    private let trace: Fields
    /// That of the event, had it ended: who is told of it twice knows.
    private let eventID: EventID?
    /// For the envelope's header.
    let sampling: Fields?

    /// nil: a torn entry, or none.
    init?(_ member: JSONValue?) {
        guard let fields = member?.objectValue, let name = fields["transaction"]?.stringValue,
            let source = fields["source"]?.stringValue, let trace = fields["trace"]?.objectValue,
            let start = fields["start_timestamp"].flatMap({ Timestamp($0) })
        else { return nil }
        self.name = name
        self.source = source
        self.start = start
        self.trace = trace
        eventID = (fields["event_id"]?.stringValue).flatMap { EventID($0) }
        sampling = fields["sampling"]?.objectValue
    }

    /// What the crash's event says of the process and the request is true of it, too.
    func event(of crash: Event, _ crashID: EventID) -> Event {
        var event = Event(fields: ["type": "transaction"])
        event.eventID = eventID ?? EventID(derivedFrom: crashID)
        event.fields["transaction"] = .string(name.isEmpty ? "<unlabeled transaction>" : name)
        event.fields["transaction_info"] = ["source": .string(source)]
        event.fields["start_timestamp"] = .string(start.description)
        event.timestamp = max(crash.timestamp ?? start, start)
        for key in ["platform", "release", "environment", "dist", "server_name", "sdk", "tags", "user", "request"] {
            event.fields[key] = crash.fields[key]
        }
        var contexts = crash.contexts
        for key in ["faultline", "flags"] { contexts[key] = nil }
        var trace = trace
        trace["status"] = "aborted"
        contexts["trace"] = .object(trace)
        event.contexts = contexts
        event.fields["spans"] = .array([])
        return event
    }
}
