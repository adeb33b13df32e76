// SPDX-License-Identifier: Apache-2.0

/// A file that travels with an event.
/// Source: [Attachments](https://develop.sentry.dev/sdk/data-model/envelope-items/#attachment).
public struct Attachment: Sendable {
    /// Where its bytes come from.
    public enum Content: Sendable {
        /// These.
        case bytes([UInt8])
        /// The file at this path, read when the event is sent.
        case path(String)
        /// Asked when the event is sent; nil: there is nothing to send.
        case closure(@Sendable () -> [UInt8]?)
    }

    /// Its bytes.
    public var content: Content
    /// Its name, without a path.
    public var filename: String
    /// Its MIME type; nil: guessed by the name.
    public var contentType: String?
    /// Whether it goes with transactions too.
    public var addToTransactions: Bool

    /// An attachment of these parts.
    public init(_ content: Content, filename: String, contentType: String? = nil, addToTransactions: Bool = false) {
        self.content = content
        self.filename = filename
        self.contentType = contentType
        self.addToTransactions = addToTransactions
    }

    /// The file at `path`, named as it is there.
    public init(path: String, contentType: String? = nil, addToTransactions: Bool = false) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        self.init(.path(path), filename: name, contentType: contentType, addToTransactions: addToTransactions)
    }
}
