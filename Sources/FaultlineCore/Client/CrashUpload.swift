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
    func start() {
        client.sender.producerBegan()
        DispatchQueue.global(qos: .utility).async { [self] in
            let count = recovery.recover(store: store)
            if count == 0 { client.options.logger.debug("no run before this one died without a report") }
            client.sender.producerEnded()
        }
    }

    /// - Throws: when the report could not be kept; then its run stays as it is, for the next start.
    private func store(_ envelope: Envelope) throws {
        guard let envelope = applyBeforeSend(envelope) else { return }
        client.sender.noteDropped(try outbox.store(envelope, once: true))
        client.sender.outboxChanged()
    }

    private func applyBeforeSend(_ envelope: Envelope) -> Envelope? {
        guard client.options.beforeSend != nil else { return envelope }
        var envelope = envelope
        for index in envelope.items.indices where envelope.items[index].type == "event" {
            let fields = (try? JSONValue(parsing: envelope.items[index].payload))?.objectValue
            guard let fields else { continue }
            guard let event = client.applyBeforeSend(Event(fields: fields)) else { return nil }
            envelope.items[index] = EnvelopeItem(type: "event", payload: JSONValue.object(event.fields).serialized())
        }
        return envelope
    }
}
