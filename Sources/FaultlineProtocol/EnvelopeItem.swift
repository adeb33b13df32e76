// SPDX-License-Identifier: Apache-2.0

/// One part of an envelope.
public struct EnvelopeItem: Sendable, Hashable {
    /// Members of the item's header line. `length` is written anew by ``Envelope/serialized()``.
    public var header: Fields
    /// The bytes, as they are.
    public var payload: [UInt8]

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
