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

        // First: whatever is read from here on may be what ended the recovery before.
        let attempt = run.countAttempt()
        guard let (header, found) = event(of: run, box, withParts: attempt < 2) else { return nil }
        var event = found
        if attempt < 2 {
            let summary = symbolicator.symbolicate(&event)
            for note in summary.notes { log(note) }
        } else {
            log("\(run.path): recovery was tried twice and did not end; sending addresses of the crashed thread only")
        }
        EventFitting.fit(&event)
        log("recovered a crash of \(event.release ?? "this service"): \(Self.title(of: event))")
        return Self.envelope(of: event, header: header)
    }

    /// From the crash file, and where that cannot be understood from the black box.
    private func event(
        of run: borrowing DeadRun, _ box: consuming DeadBox?, withParts: Bool
    ) -> (header: Fields, event: Event)? {
        switch run.crashFile() {
        case .whole(let text, let parts):
            if let envelope = try? Envelope(parsing: text),
                let item = envelope.items.first(where: { $0.type == "event" }),
                let fields = (try? JSONValue(parsing: item.payload))?.objectValue
            {
                var event = Event(fields: fields)
                if withParts { for part in parts { event.add(crashFilePart: part) } }
                return (envelope.header, event)
            }
            setAside(text, of: run, "it is whole, but no envelope with an event")
        case .torn(let text): setAside(text, of: run, "it is torn")
        case .none: break
        }
        return rebuiltEvent(from: box).map { ([:], $0) }
    }

    private func setAside(_ text: [UInt8], of run: borrowing DeadRun, _ why: String) {
        let reason = "the crash file cannot be understood: \(why); the report was made from the black box"
        run.setAside(text, in: quarantine, reason: reason)
        log("\(run.path): \(reason); what there was of it is in \(cache.quarantine)")
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
