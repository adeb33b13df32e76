// SPDX-License-Identifier: Apache-2.0

/// One part of an envelope.
public struct EnvelopeItem: Sendable, Hashable {
    /// Members of the item's header line. `length` is written anew by ``Envelope/serialized()``.
    public var header: Fields
    /// The bytes, as they are.
    public var payload: [UInt8]
    /// Reads the payload when the envelope leaves; until then it is empty. nil: it is there.
    package var late: (any LatePayload)?

    /// An item as it was read.
    public init(header: Fields, payload: [UInt8]) {
        self.header = header
        self.payload = payload
    }

    /// An item of this type: `event`, `attachment`, `session` …
    public init(type: String, contentType: String? = nil, payload: [UInt8]) {
        header = ["type": .string(type)]
        header["content_type"] = contentType.map { .string($0) }
        self.payload = payload
    }

    /// `event`, `attachment`, `session` …; empty when the header has none.
    public var type: String {
        header["type"]?.stringValue ?? ""
    }
}

/// The payload of an item that is too large to wait in memory.
package protocol LatePayload: AnyObject, Sendable {
    /// The item with its payload, of at most `limit` bytes; nil: the envelope goes without it.
    func read(limit: Int) -> EnvelopeItem?
}

extension EnvelopeItem {
    /// The same header and bytes; what was not read yet equals itself only.
    public static func == (left: EnvelopeItem, right: EnvelopeItem) -> Bool {
        left.header == right.header && left.payload == right.payload && left.late === right.late
    }

    /// Of header and bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(header)
        hasher.combine(payload)
    }
}
