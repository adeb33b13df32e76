// SPDX-License-Identifier: Apache-2.0

package import FaultlineProtocol

/// The crash of a dead run, symbolicated, with everything that was found of it.
package struct RecoveredCrash: Sendable {
    /// Whole: what a server would not take is cut when the envelope is made. A hook may change it.
    package var event: Event
    /// Of the run: whatever a hook does, the same crash has the same id in each attempt to recover it.
    let eventID: EventID
    /// Of the process, as it was before the crash.
    let session: Session?
    /// Whether the dead run had callbacks that must see the report: only the service has them.
    let hasCallbacks: Bool
    private var header: Fields
    /// Files that the dead run wanted with its reports: of each the path, and what else was said of it. They may have
    /// changed since, or be gone.
    package private(set) var attachedFiles: [(path: String, note: Fields)]
    /// The transaction that the crash broke off, when it was recorded.
    private let unfinished: UnfinishedTransaction?

    /// Of the compressed text. Source: https://develop.sentry.dev/sdk/expected-features/#attachments, the default of
    /// `maxAttachmentSize`; a server takes 200 MiB, our outbox 100 MiB in all.
    static let attachmentLimit = 20 << 20
    static let attachmentName = "report.json.gz"

    /// The mark of a run with callbacks, in the header of its crash file; not sent.
    static let callbacksKey = "faultline_callbacks"

    /// - Parameters:
    ///   - event: as the crash file has it, with the session that the handler put into it.
    ///   - header: of the envelope in the crash file; empty when there was none.
    ///   - session: as the black box has it.
    ///   - hasCallbacks: whether the black box says so.
    init(event: Event, header: Fields, session: Session? = nil, hasCallbacks: Bool = false) {
        var event = event
        self.session = event.takeSession() ?? session
        eventID = event.eventID ?? EventID()
        attachedFiles = Self.files(event.fields["attachments"])
        unfinished = UnfinishedTransaction(event.fields[UnfinishedTransaction.key])
        self.event = event
        self.event.fields["attachments"] = nil
        self.event.fields[UnfinishedTransaction.key] = nil
        self.hasCallbacks = hasCallbacks || header[Self.callbacksKey] == true
        self.header = header
        self.header[Self.callbacksKey] = nil
    }

    /// The box's own form of them (`FL_RECORD_ATTACHMENT`): a torn entry is none.
    private static func files(_ member: JSONValue?) -> [(path: String, note: Fields)] {
        (member?.objectValue ?? [:]).compactMap { path, note in
            guard path.hasPrefix("/"), let note = note.objectValue else { return nil }
            return (path, note)
        }
    }

    /// The transaction that the crash broke off, as an event of its own, which an envelope may hold one of; nil: none was
    /// recorded. Its id is the same in each attempt, so that a server that has it already knows.
    package var brokenTransaction: (event: Event, sampling: Fields?)? {
        unfinished.map { ($0.event(of: event, eventID), $0.sampling) }
    }

    /// Leaves them out: reading one may be what did not end.
    mutating func forgetAttachedFiles() {
        attachedFiles = []
    }

    /// Says in the report which attachments it lacks, and why.
    package mutating func tellLeftOut(_ attachments: [(name: String, reason: String)]) {
        let told = attachments.map { JSONValue.string("\($0.name): \($0.reason)") }
        event.tellFaultline(["attachments_left_out": .array(told)])
    }

    /// `Fatal error: the till is empty`
    var title: String {
        guard let exception = event.exceptions.last else { return "unknown" }
        return [exception.type, exception.value].compactMap(\.self).joined(separator: ": ")
    }

    /// As it is sent, but for `sent_at`: the event fitted to what a server takes, and when it was cut, the whole of it as
    /// an attachment. The end of the process's session goes along.
    /// - Parameters:
    ///   - attached: items that go along.
    ///   - compress: one gzip member of the bytes; nil when it cannot.
    package func envelope(attached: [EnvelopeItem] = [], compress: ([UInt8]) -> [UInt8]?) -> Envelope {
        var event = event
        event.eventID = eventID
        var attachments: [EnvelopeItem] = []
        if let whole = EventFitting.fit(&event) {
            var told: Fields = ["bytes": .integer(Int64(whole.count))]
            if let packed = compress(whole), packed.count <= Self.attachmentLimit {
                attachments = [Self.attachment(packed)]
                told["attachment"] = .string(Self.attachmentName)
            }
            event.tellFaultline(["whole_report": .object(told)])
        }
        let item = EnvelopeItem(type: "event", contentType: "application/json", payload: event.serialized())
        let sessions = [session?.crashed(at: event.timestamp)?.item].compactMap(\.self)
        return Envelope(header: header(of: event), items: [item] + sessions + attachments + attached)
    }

    private static func attachment(_ bytes: [UInt8]) -> EnvelopeItem {
        var item = EnvelopeItem(type: "attachment", contentType: "application/gzip", payload: bytes)
        item.header["filename"] = .string(attachmentName)
        item.header["attachment_type"] = "event.attachment"
        return item
    }

    /// The header says again what a server routes and samples by.
    private func header(of event: Event) -> Fields {
        var header = header
        header["event_id"] = .string(eventID.description)
        if header["sdk"] == nil { header["sdk"] = event.fields["sdk"] }
        if let trace = event.contexts["trace"]?.objectValue, let id = trace["trace_id"] {
            var members: Fields = ["trace_id": id]
            members["public_key"] = (header["dsn"]?.stringValue).flatMap { try? DSN($0) }.map { .string($0.publicKey) }
            members["release"] = event.fields["release"]
            members["environment"] = event.fields["environment"]
            header["trace"] = .object(members)
        }
        return header
    }
}
