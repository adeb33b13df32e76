// SPDX-License-Identifier: Apache-2.0

/// What travels in one request: a header line, then items of a header line and a payload each.
///
/// Source: [Envelopes](https://develop.sentry.dev/sdk/data-model/envelopes/).
public struct Envelope: Sendable, Hashable {
    /// Members of the first line: `event_id`, `dsn`, `sdk`, `trace`, `sent_at`.
    public var header: Fields
    /// In order.
    public var items: [EnvelopeItem]

    /// An envelope of these parts.
    public init(header: Fields = [:], items: [EnvelopeItem] = []) {
        self.header = header
        self.items = items
    }

    /// The header's `event_id`; nil when there is none, or it is none.
    public var eventID: EventID? {
        header["event_id"]?.stringValue.flatMap { EventID($0) }
    }

    /// Of the items of type `event`, in order; one whose payload is no JSON object is left out.
    package var events: [Event] {
        items.filter { $0.type == "event" }.compactMap { item in
            (try? JSONValue(parsing: item.payload))?.objectValue.map { Event(fields: $0) }
        }
    }

    /// Sets the header's `sent_at`: once, when the envelope leaves. A server refuses an envelope with two.
    public mutating func setSentAt(_ time: Timestamp) {
        header["sent_at"] = .string(time.description)
    }

    /// Reads a whole envelope. A payload without a length ends at the next line feed; the line feed behind the last
    /// item may be missing; empty lines between items are passed over. Items of unknown types are kept as they are.
    /// - Throws: ``EnvelopeError``: a header that is not a JSON object, an item without a type, or a payload that is
    ///   shorter (a torn file) or longer than its length says.
    /// - Complexity: O(length).
    public init(parsing text: [UInt8]) throws(EnvelopeError) {
        var reader = LineReader(text: text)
        header = try Self.header(reader.line(), of: "the envelope")
        items = []
        while !reader.isAtEnd {
            let start = reader.at
            let line = reader.line()
            if line.isEmpty { continue }
            let itemHeader = try Self.header(line, of: "an item")
            guard itemHeader["type"]?.stringValue != nil else {
                throw EnvelopeError(offset: start, problem: "an item has no type")
            }
            let payloadStart = reader.at
            guard let length = itemHeader["length"] else {
                items.append(EnvelopeItem(header: itemHeader, payload: Array(reader.line())))
                continue
            }
            guard let length = length.integerValue, length >= 0 else {
                throw EnvelopeError(offset: start, problem: "an item's length is not a number of bytes")
            }
            guard let payload = reader.bytes(length) else {
                throw EnvelopeError(
                    offset: payloadStart, problem: "torn: an item of \(length) bytes has \(text.count - payloadStart)")
            }
            guard reader.isAtEnd || reader.skipLineFeed() else {
                throw EnvelopeError(offset: reader.at, problem: "no line feed behind an item of \(length) bytes")
            }
            items.append(EnvelopeItem(header: itemHeader, payload: Array(payload)))
        }
    }

    private static func header(_ line: ArraySlice<UInt8>, of owner: String) throws(EnvelopeError) -> Fields {
        do throws(JSONError) {
            if case .object(let fields) = try JSONValue(parsing: line) { return fields }
        } catch {
            throw EnvelopeError(
                offset: line.startIndex + error.offset, problem: "the header of \(owner): \(error.problem)")
        }
        throw EnvelopeError(offset: line.startIndex, problem: "the header of \(owner) is not a JSON object")
    }

    /// As it goes over the wire. Each item's header gets the length of its payload.
    public func serialized() -> [UInt8] {
        var text = JSONValue.object(header).serialized()
        text.append(UInt8(ascii: "\n"))
        for item in items {
            var itemHeader = item.header
            itemHeader["length"] = .integer(Int64(item.payload.count))
            JSONValue.object(itemHeader).write(to: &text)
            text.append(UInt8(ascii: "\n"))
            text.append(contentsOf: item.payload)
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }
}

private struct LineReader {
    let text: [UInt8]
    private(set) var at = 0

    init(text: [UInt8]) {
        self.text = text
    }

    var isAtEnd: Bool { at >= text.count }

    /// Up to the next line feed, which is passed over; the rest where there is none.
    mutating func line() -> ArraySlice<UInt8> {
        let end = text[at...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
        defer { at = min(end + 1, text.count) }
        return text[at..<end]
    }

    /// `length` bytes; nil when there are fewer.
    mutating func bytes(_ length: Int64) -> ArraySlice<UInt8>? {
        guard length <= text.count - at else { return nil }
        let end = at + Int(length)
        defer { at = end }
        return text[at..<end]
    }

    mutating func skipLineFeed() -> Bool {
        guard at < text.count, text[at] == UInt8(ascii: "\n") else { return false }
        at += 1
        return true
    }
}
