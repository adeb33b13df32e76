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
        attachments.compactMap { attachment in
            if case .bytes = attachment.content { return read(attachment, limit: limit) }
            var item = attachment.item(payload: [])
            item.late = LateAttachment(attachment: attachment, items: self)
            return item
        }
    }

    fileprivate func read(_ attachment: Attachment, limit: Int) -> EnvelopeItem? {
        do throws(AttachmentError) {
            return attachment.item(payload: try attachment.bytes(limit: min(limit, self.limit)))
        } catch {
            reports.record(error.reason, .attachment, quantity: max(1, error.size ?? 1))
            logger.debug("the attachment \(attachment.filename) is left out: \(error)")
            return nil
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
        items.read(attachment, limit: limit)
    }
}

extension Envelope {
    /// Of all attachments together, in bytes: an envelope that waits on disk must fit ``Outbox/Limits/fileBytes``.
    private static let attachmentsLimit = 48 << 20

    /// As it leaves, whole. Blocks on the disk, and calls closures of the service.
    func readingLatePayloads() -> Envelope {
        guard items.contains(where: { $0.late != nil }) else { return self }
        var left = items.reduce(Self.attachmentsLimit) { $0 - $1.payload.count }
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
