// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
package import FaultlineProtocol
internal import FaultlineSymbols

/// Turns the dead runs of a service into finished envelopes.
///
/// Idempotent and safe beside other processes: a run is claimed by its lock, its files are deleted only after its
/// envelope was stored, and the envelope of a run always has the same event id. Blocking: call it off the start path.
package struct Recovery: Sendable {
    private let cache: CacheDirectory
    private let ownRun: String?
    private let symbolicator: EventSymbolicator
    private let log: @Sendable (String) -> Void

    /// - Parameters:
    ///   - reporter: of this process; its own run is left alone. nil when it has no directory: nothing to recover.
    ///   - debugFileDirectories: where separate debug files are looked up by build id, before the system's.
    ///   - inAppInclude: module names whose frames are the service's own.
    ///   - inAppExclude: module names whose frames are not.
    ///   - log: takes a sentence for each recovered crash and for each thing that went wrong.
    package init?(
        _ reporter: CrashReporter, debugFileDirectories: [String] = [], inAppInclude: [String] = [],
        inAppExclude: [String] = [], log: @escaping @Sendable (String) -> Void
    ) {
        guard let cache = reporter.cache else { return nil }
        self.cache = cache
        ownRun = reporter.runName
        symbolicator = EventSymbolicator(
            options: SymbolicatorOptions(
                debugFileDirectories: debugFileDirectories, inAppInclude: inAppInclude, inAppExclude: inAppExclude))
        self.log = log
    }

    /// Claims every dead run and hands each crash's envelope (symbolicated, fitted, without `sent_at`) to `store`.
    /// A run for which `store` throws stays for the next time.
    /// - Returns: how many crashes were stored.
    package func recover(store: (Envelope) throws -> Void) -> Int {
        var stored = 0
        for name in runNames() {
            guard let run = DeadRun(claiming: "\(cache.runs)/\(name)") else { continue }
            guard let envelope = report(of: run) else {
                run.remove()
                continue
            }
            do {
                try store(envelope)
                run.remove()
                stored += 1
            } catch {
                log("the crash report of run \(name) is kept for the next start: \(error)")
            }
        }
        return stored
    }

    private var quarantine: Quarantine { Quarantine(directory: cache.quarantine) }

    private func runNames() -> [String] {
        var names: [String] = []
        for name in WholeFile.names(in: cache.runs) where name != ownRun {
            if name.hasPrefix(".") {
                removeStale("\(cache.runs)/\(name)")
            } else {
                names.append(name)
            }
        }
        return names.sorted()
    }

    /// A run that never got its name: its process died within the first milliseconds, or is just starting.
    private func removeStale(_ path: String) {
        if let age = WholeFile.status(path)?.age, age > 3600 { Run.remove(path) }
    }

    // MARK: - One run

    /// nil: the run did not crash.
    private func report(of run: borrowing DeadRun) -> Envelope? {
        var problem: String?
        let box = DeadBox("\(run.path)/\(Run.Name.box)", problem: &problem)
        if let problem { log("\(run.path): \(problem)") }

        var header: Fields = [:]
        var event: Event
        switch run.crashFile() {
        case .whole(let text, let parts):
            guard let envelope = try? Envelope(parsing: text),
                let item = envelope.items.first(where: { $0.type == "event" }),
                let fields = (try? JSONValue(parsing: item.payload))?.objectValue
            else {
                let reason = "the crash file is whole, but is not an envelope with an event"
                run.setAside(text, in: quarantine, reason: reason)
                log("\(run.path): \(reason); it was moved to \(cache.quarantine)")
                return nil
            }
            header = envelope.header
            event = Event(fields: fields)
            for part in parts { event.add(crashFilePart: part) }
        case .torn(let text):
            run.setAside(text, in: quarantine, reason: "the crash file is torn; the report was made from the black box")
            guard let rebuilt = rebuiltEvent(from: box) else { return nil }
            event = rebuilt
        case .none:
            guard let rebuilt = rebuiltEvent(from: box) else { return nil }
            event = rebuilt
        }

        if run.countAttempt() < 2 {
            let summary = symbolicator.symbolicate(&event)
            for note in summary.notes { log(note) }
        } else {
            log("\(run.path): symbolication was tried twice and did not end; sending addresses only")
        }
        EventFitting.fit(&event)
        log("recovered a crash of \(event.release ?? "this service"): \(Self.title(of: event))")
        return Self.envelope(of: event, header: header)
    }

    private func rebuiltEvent(from box: consuming DeadBox?) -> Event? {
        guard let box, box.info.signal != 0 else { return nil }
        return Event(crashNoteOf: box)
    }

    private static func title(of event: Event) -> String {
        guard let exception = event.exceptions.last else { return "unknown" }
        return [exception.type, exception.value].compactMap(\.self).joined(separator: ": ")
    }

    /// The header says again what a server routes and samples by. `sent_at` is added when it is sent.
    private static func envelope(of event: Event, header: Fields) -> Envelope {
        var header = header
        header["event_id"] = event.eventID.map { .string($0.description) }
        if header["sdk"] == nil { header["sdk"] = event.fields["sdk"] }
        if let trace = event.contexts["trace"]?.objectValue, let id = trace["trace_id"] {
            var members: Fields = ["trace_id": id]
            members["public_key"] = (header["dsn"]?.stringValue).flatMap { try? DSN($0) }.map { .string($0.publicKey) }
            members["release"] = event.fields["release"]
            members["environment"] = event.fields["environment"]
            header["trace"] = .object(members)
        }
        let payload = JSONValue.object(event.fields).serialized()
        let item = EnvelopeItem(type: "event", contentType: "application/json", payload: payload)
        return Envelope(header: header, items: [item])
    }
}
