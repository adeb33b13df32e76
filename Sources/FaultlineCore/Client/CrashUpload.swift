// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import FaultlineCrash
internal import FaultlineProtocol
internal import Logging

/// Finishes the reports of runs that died, and puts them into the outbox.
struct CrashUpload: Sendable {
    let client: Client
    let outbox: Outbox
    let recovery: Recovery

    /// Returns at once. The work blocks (debug files are read), so it has a thread of its own and holds up none of the
    /// service's tasks; a flush waits for it.
    /// - Parameter ended: is called when it is done, on that thread.
    func start(ended: @escaping @Sendable () -> Void = {}) {
        client.sender.producerBegan()
        DispatchQueue.global(qos: .utility).async { [self] in
            let count = recovery.recover(finish: envelope, adopt: adopt)
            client.options.logger.debug("\(count) crash reports were put into the outbox")
            ended()
            client.sender.producerEnded()
        }
    }

    /// Processors and hook see the whole event, before it is cut: what they take out is in the attachment neither.
    private func envelope(of crash: RecoveredCrash) -> Envelope? {
        var hint = Hint(attachments: crash.attachedFiles.map { Attachment(path: $0.path, note: $0.note) })
        guard let event = client.pipeline.process(crash: crash.event, &hint) else { return nil }
        if let (transaction, sampling) = crash.brokenTransaction { client.capture(crashed: transaction, sampling) }
        var crash = crash
        crash.event = event
        let (attached, leftOut) = client.attachmentItems.readNow(hint.attachments)
        if !leftOut.isEmpty { crash.tellLeftOut(leftOut) }
        return crash.envelope(attached: attached, compress: gzipped)
    }

    /// - Throws: when the report could not be taken; then its run keeps it for the next start.
    private func adopt(_ file: String, _ eventID: EventID) throws {
        client.sender.noteDropped(try outbox.adopt(file, eventID))
        client.sender.outboxChanged()
    }
}
