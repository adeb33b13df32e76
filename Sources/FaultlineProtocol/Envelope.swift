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

    /// Sets the header's `sent_at`: once, when the envelope leaves. A server refuses an envelope with two.
    public mutating func setSentAt(_ time: Timestamp) {
        header["sent_at"] = .string(time.description)
    }

    /// Reads a whole envelope. A payload without a length ends at the next line feed.
    /// - Throws: ``EnvelopeError``: a header that is not a JSON object, an item without a type, or a payload that is
    ///   shorter than its length says (a torn file).
    /// - Complexity: O(length).
    public init(parsing text: [UInt8]) throws(EnvelopeError) {
        var reader = LineReader(text: text)
        let headerLine = reader.line()
        guard let header = (try? JSONValue(parsing: headerLine))?.objectValue else {
            throw EnvelopeError(offset: 0, problem: "the first line is not a JSON object")
        }
        self.header = header
        items = []
        while !reader.isAtEnd {
            let start = reader.at
            let line = reader.line()
            if line.isEmpty { continue }
            guard let itemHeader = (try? JSONValue(parsing: line))?.objectValue else {
                throw EnvelopeError(offset: start, problem: "an item's header is not a JSON object")
            }
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
            items.append(EnvelopeItem(header: itemHeader, payload: Array(payload)))
        }
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

    /// `length` bytes and the line feed behind them, if there is one; nil when there are fewer.
    mutating func bytes(_ length: Int64) -> ArraySlice<UInt8>? {
        guard length <= text.count - at else { return nil }
        let end = at + Int(length)
        defer { at = end < text.count && text[end] == UInt8(ascii: "\n") ? end + 1 : end }
        return text[at..<end]
    }
}
