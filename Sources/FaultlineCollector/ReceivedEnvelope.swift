// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol

/// An envelope that may be stored: it can be read, and its event is one.
struct ReceivedEnvelope: Sendable {
    /// As it came, decompressed.
    let bytes: [UInt8]
    /// The header's, else the event's, else a new one; nil for an envelope that is about no event.
    let eventID: EventID?
    /// With ``eventID`` for its id; nil when there is none.
    let event: Event?
    /// Of the header's DSN.
    let publicKey: String?

    /// - Throws: 400 for what is no envelope, 413 for an event that is too large.
    init(_ bytes: [UInt8], limits: IngestLimits = IngestLimits()) throws(IngestError) {
        guard !bytes.isEmpty else { throw .malformed("the body is empty", causes: ["an envelope has a header line"]) }
        let envelope: Envelope
        do throws(EnvelopeError) {
            envelope = try Envelope(parsing: bytes)
        } catch {
            throw .malformed("invalid envelope", causes: [error.description])
        }
        let headerID = envelope.eventID
        if envelope.header["event_id"] != nil && headerID == nil {
            throw .malformed("invalid envelope", causes: ["the header's event_id is not 32 hexadecimal digits"])
        }
        var event = try Self.event(of: envelope, limits)
        eventID = headerID ?? event.map { $0.eventID ?? EventID() }
        if event?.eventID != eventID { event?.eventID = eventID }
        self.event = event
        self.bytes = bytes
        let dsn = envelope.header["dsn"]?.stringValue
        publicKey = dsn.flatMap { text in try? DSN(text).publicKey }
    }

    private static func event(of envelope: Envelope, _ limits: IngestLimits) throws(IngestError) -> Event? {
        let items = envelope.items.filter { $0.type == "event" }
        guard let item = items.first else { return nil }
        guard items.count == 1 else { throw .malformed("invalid envelope", causes: ["it has more than one event"]) }
        guard item.payload.count <= limits.event else { throw .tooLarge("the event", limit: limits.event) }
        do throws(JSONError) {
            if case .object(let fields) = try JSONValue(parsing: item.payload) { return Event(fields: fields) }
        } catch {
            throw .malformed("invalid event", causes: [error.description])
        }
        throw .malformed("invalid event", causes: ["it is not a JSON object"])
    }
}
#endif
