// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
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
/// One that is larger than ``Options/maxAttachmentSize``, or that cannot be read, is left out, and so is what is more than
/// 40 MiB of one event's together; the event goes without it.
/// Source: [Attachments](https://develop.sentry.dev/sdk/data-model/envelope-items/#attachment).
public struct Attachment: Sendable {
    /// Where its bytes come from.
    public enum Content: Sendable {
        /// These.
        case bytes([UInt8])
        /// The file at this path, read when the event is sent, so as it is then. A symbolic link is followed; anything but a
        /// regular file is left out.
        ///
        /// A crash report takes it at the next start, and only when it is the very file that was there when it was attached
        /// (device and inode), whatever was written to it since. One that was not there yet, or that was replaced (a log
        /// that was rotated, another container with the same path), is left out, and the report says so
        /// (`contexts.faultline.attachments_left_out`).
        case path(String)
        /// Asked when the event is sent, on another thread than the capturing one and again when sending is repeated; nil:
        /// there is nothing to send.
        case closure(@Sendable () -> [UInt8]?)
    }

    /// Its bytes.
    public var content: Content { didSet { origin = nil } }
    /// Which file it must be: of one that a dead run attached; nil: any.
    private(set) var origin: Origin?
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

    /// The file that was attached in a run that is over. nil: there was none.
    struct Origin: Sendable, Hashable {
        let file: WholeFile.Key?
    }

    /// What the black box keeps of a file beside its path, for a crash report.
    func note(path: String) -> Fields {
        var note: Fields = ["filename": .string(filename)]
        note["content_type"] = contentType.map { .string($0) }
        // A link is followed now: where it leads to later is another matter.
        guard let real = realpath(path, nil) else { return note }
        defer { free(real) }
        let target = String(cString: real)
        guard let key = WholeFile.status(target)?.key else { return note }
        if target != path { note["target"] = .string(target) }
        // As text: a device's number may be beyond what JSON holds.
        note["file"] = .string("\(key.device):\(key.inode)")
        return note
    }

    /// From ``note(path:)``.
    init(path: String, note: Fields) {
        self.init(path: note["target"]?.stringValue ?? path, contentType: note["content_type"]?.stringValue)
        filename = note["filename"]?.stringValue ?? path.split(separator: "/").last.map(String.init) ?? path
        let numbers = (note["file"]?.stringValue ?? "").split(separator: ":").map { UInt64($0) }
        if numbers.count == 2, let device = numbers[0], let inode = numbers[1] {
            origin = Origin(file: WholeFile.Key(device: device, inode: inode))
        } else {
            origin = Origin(file: nil)
        }
    }
}
