// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol
internal import Logging

/// Makes items of an envelope from attachments. What cannot be attached is counted, in bytes, and told in debug mode; the
/// others go without it.
struct AttachmentItems: Sendable {
    /// Of one attachment, in bytes: ``Options/maxAttachmentSize``.
    let limit: Int
    let reports: ClientReports
    let logger: Logger

    /// In order. Returns at once: files and closures are read when the envelope leaves, by
    /// ``Envelope/readingLatePayloads()``.
    func items(for attachments: [Attachment]) -> [EnvelopeItem] {
        var left = Self.together
        return attachments.compactMap { attachment in
            if case .bytes = attachment.content {
                let item = try? read(attachment, limit: left).get()
                left -= item?.payload.count ?? 0
                return item
            }
            var item = attachment.item(payload: [])
            item.late = LateAttachment(attachment: attachment, items: self)
            return item
        }
    }

    /// Of all attachments together, in bytes: an envelope that waits on disk must fit ``Outbox/Limits/fileBytes``, and a
    /// crash report may have a ``RecoveredCrash/attachmentLimit`` beside them.
    static let together = 40 << 20

    /// All of them at once, for a report that is to say what it lacks. Blocks on the disk.
    /// - Returns: also why others are left out, by their names.
    func readNow(_ attachments: [Attachment]) -> (items: [EnvelopeItem], leftOut: [(name: String, reason: String)]) {
        var left = Self.together
        var items: [EnvelopeItem] = [], leftOut: [(name: String, reason: String)] = []
        for attachment in attachments {
            switch read(attachment, limit: left) {
            case .success(let item):
                items.append(item)
                left -= item.payload.count
            case .failure(let error): leftOut.append((attachment.name, error.description))
            }
        }
        return (items, leftOut)
    }

    fileprivate func read(_ attachment: Attachment, limit: Int) -> Result<EnvelopeItem, AttachmentError> {
        do throws(AttachmentError) {
            return .success(attachment.item(payload: try attachment.bytes(limit: min(max(0, limit), self.limit))))
        } catch {
            reports.record(error.reason, .attachment, quantity: max(1, error.size ?? 1))
            logger.debug("the attachment \(attachment.filename) is left out: \(error)")
            return .failure(error)
        }
    }
}

extension Client {
    var attachmentItems: AttachmentItems {
        AttachmentItems(limit: options.maxAttachmentSize, reports: sender.reports, logger: options.logger)
    }
}

/// A file or closure that was not read yet.
private final class LateAttachment: LatePayload {
    let attachment: Attachment
    let items: AttachmentItems

    init(attachment: Attachment, items: AttachmentItems) {
        self.attachment = attachment
        self.items = items
    }

    func read(limit: Int) -> EnvelopeItem? {
        try? items.read(attachment, limit: limit).get()
    }
}

extension Envelope {
    /// As it leaves, whole. Blocks on the disk, and calls closures of the service.
    func readingLatePayloads() -> Envelope {
        guard items.contains(where: { $0.late != nil }) else { return self }
        var left = items.reduce(AttachmentItems.together) { $1.type == "attachment" ? $0 - $1.payload.count : $0 }
        var envelope = self
        envelope.items = items.compactMap { item in
            guard let late = item.late else { return item }
            let read = late.read(limit: max(0, left))
            left -= read?.payload.count ?? 0
            return read
        }
        return envelope
    }
}
