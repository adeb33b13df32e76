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

extension Attachment {
    /// The item of an envelope.
    func item(payload: [UInt8]) -> EnvelopeItem {
        var item = EnvelopeItem(
            type: "attachment", contentType: contentType ?? Self.contentType(of: name), payload: payload)
        item.header["filename"] = .string(name)
        item.header["attachment_type"] = "event.attachment"
        return item
    }

    /// A path would tell how the machine is laid out.
    var name: String {
        filename.split(separator: "/").last.map(String.init) ?? "attachment"
    }

    /// All of it. Blocks.
    func bytes(limit: Int) throws(AttachmentError) -> [UInt8] {
        let bytes = try read(limit: limit)
        guard bytes.count <= limit else { throw AttachmentError(size: bytes.count, limit: limit) }
        return bytes
    }

    /// - Returns: of a file at most one byte more than `limit`: then it is too large.
    private func read(limit: Int) throws(AttachmentError) -> [UInt8] {
        switch content {
        case .bytes(let bytes): return bytes
        case .closure(let read):
            guard let bytes = read() else { throw AttachmentError("there is nothing to send") }
            return bytes
        case .path(let path):
            // Not waiting for the other end of a pipe (open(2), O_NONBLOCK).
            let links = origin == nil ? 0 : O_NOFOLLOW
            let descriptor = WholeFile.retried { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | links) }
            guard descriptor >= 0 else { throw AttachmentError("\(SystemError("open", "it"))") }
            defer { close(descriptor) }
            guard let found = WholeFile.status(descriptor: descriptor), found.status.isRegular else {
                throw AttachmentError("it is not a regular file")
            }
            if let origin, origin.file != found.status.key {
                throw AttachmentError(
                    origin.file == nil
                        ? "it was not there when it was attached"
                        : "it is not the file that was attached: it was replaced")
            }
            guard found.status.size <= limit else { throw AttachmentError(size: found.status.size, limit: limit) }
            guard let bytes = WholeFile.read(descriptor, limit: limit + 1) else {
                throw AttachmentError("\(SystemError("read", "it"))")
            }
            return bytes
        }
    }

    /// The names that files of a service have; nil: the server decides.
    private static func contentType(of name: String) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        switch name[name.index(after: dot)...].lowercased() {
        case "txt", "log", "conf", "ini", "toml", "swift", "md": return "text/plain"
        case "json": return "application/json"
        case "xml": return "application/xml"
        case "yaml", "yml": return "application/yaml"
        case "csv": return "text/csv"
        case "html", "htm": return "text/html"
        case "png": return "image/png"
        case "jpg", "jpeg": return "image/jpeg"
        case "gif": return "image/gif"
        case "webp": return "image/webp"
        case "svg": return "image/svg+xml"
        case "pdf": return "application/pdf"
        case "gz": return "application/gzip"
        case "zip": return "application/zip"
        case "zst": return "application/zstd"
        case "tar": return "application/x-tar"
        default: return nil
        }
    }
}

/// Why an attachment is left out. The text is sent with crash reports: it has no path.
struct AttachmentError: Error, CustomStringConvertible {
    let description: String
    /// In bytes; nil: unknown.
    let size: Int?
    let reason: DiscardReason

    init(_ description: String) {
        self.description = description
        size = nil
        reason = .internalSDKError
    }

    init(size: Int, limit: Int) {
        description =
            "\(size) bytes are more than the \(limit) that maxAttachmentSize, or 40 MiB for all together, leave"
        self.size = size
        reason = .invalid
    }
}
