// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A file that travels with an event.
///
/// One that is larger than ``Options/maxAttachmentSize``, or that cannot be read, is left out; the event goes without it.
/// Source: [Attachments](https://develop.sentry.dev/sdk/data-model/envelope-items/#attachment).
public struct Attachment: Sendable {
    /// Where its bytes come from.
    public enum Content: Sendable {
        /// These.
        case bytes([UInt8])
        /// The file at this path, read when the event is sent, so as it is then; for a crash report, at the next start. A
        /// symbolic link is followed; anything but a regular file is left out.
        case path(String)
        /// Asked when the event is sent, on another thread than the capturing one and again when sending is repeated; nil:
        /// there is nothing to send.
        case closure(@Sendable () -> [UInt8]?)
    }

    /// Its bytes.
    public var content: Content
    /// Its name. Of a path, the last part is sent.
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

    /// With the path from the root: where the process is may change, and the next one is elsewhere.
    var anchored: Attachment {
        guard case .path(let path) = content, !path.hasPrefix("/") else { return self }
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getcwd(&buffer, buffer.count) != nil else { return self }
        let directory = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var anchored = self
        anchored.content = .path("\(directory)/\(path)")
        return anchored
    }

    /// What the black box keeps of a file beside its path, for a crash report.
    var note: Fields {
        var note: Fields = ["filename": .string(filename)]
        note["content_type"] = contentType.map { .string($0) }
        return note
    }

    /// From ``note``.
    init(path: String, note: Fields) {
        self.init(path: path, contentType: note["content_type"]?.stringValue)
        if let filename = note["filename"]?.stringValue { self.filename = filename }
    }
}
