// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
internal import FaultlineFiles
package import FaultlineProtocol
internal import FaultlineSymbols

/// Turns the dead runs of a service into finished envelopes.
///
/// Idempotent and safe beside other processes and other versions: a run is claimed by its lock, the envelope of a run
/// always has the same event id, and at each moment the report is in one place. Until it is finished that is the run's
/// crash file and black box; then the file `report-…` of the run, whatever else is there; then, by one rename, the outbox.
/// A kill between any two steps leaves what the next recovery goes on with. Blocking: call it off the start path.
package struct Recovery: Sendable {
    private let cache: CacheDirectory
    private let ownRun: String?
    private let isService: Bool
    private let symbolicator: EventSymbolicator
    private let log: @Sendable (String) -> Void

    /// How long a run that only another version can read waits for it.
    private static let patience = 7 * 24 * 3600

    /// - Parameters:
    ///   - reporter: of this process; its own run is left alone. nil when it has no directory: nothing to recover.
    ///   - debugFileDirectories: where separate debug files are looked up, before the system's directory.
    ///   - inAppInclude: module names whose frames are the service's own.
    ///   - inAppExclude: module names whose frames are not.
    ///   - includeSourceContext: whether frames get the source lines around theirs.
    ///   - isService: whether this is the service itself, with its callbacks. Others leave a run that had callbacks alone.
    ///   - log: takes a sentence for each recovered crash and for each thing that went wrong.
    package init?(
        _ reporter: CrashReporter, debugFileDirectories: [String] = [], inAppInclude: [String] = [],
        inAppExclude: [String] = [], includeSourceContext: Bool = true, isService: Bool = true,
        log: @escaping @Sendable (String) -> Void
    ) {
        guard let cache = reporter.cache else { return nil }
        self.cache = cache
        ownRun = reporter.runName
        self.isService = isService
        var options = SymbolicatorOptions(
            debugFileDirectories: debugFileDirectories, indexDirectory: cache.symbols, inAppInclude: inAppInclude,
            inAppExclude: inAppExclude, includeSourceContext: includeSourceContext)
        options.mappingGuard = .handler
        symbolicator = EventSymbolicator(options: options)
        self.log = log
    }

    /// Claims every dead run and brings each crash, and each session that ended without one, into the outbox.
    /// - Parameters:
    ///   - finish: makes the envelope of a crash; nil: nobody wants it. May be called again for the same crash when the
    ///     process dies meanwhile.
    ///   - adopt: takes away the file of a finished envelope, by renaming it. When it throws, the run keeps the file for
    ///     the next time.
    /// - Returns: how many envelopes were adopted.
    package func recover(
        finish: (RecoveredCrash) -> Envelope?, adopt: (_ file: String, EventID) throws -> Void
    ) -> Int {
        WholeFile.removeUnfinished(in: cache.symbols)
        var adopted = 0
        var names = (ownChildren() + runNames())[...]
        while let name = names.popFirst() {
            guard let run = DeadRun(claiming: "\(cache.runs)/\(name)") else { continue }
            do {
                switch try outcome(of: run, finish) {
                case .report(let report):
                    run.removeSources()
                    try adopt(report.file, report.eventID)
                    adopted += 1
                    names += try children(of: run)
                    run.remove()
                case .nothing:
                    names += try children(of: run)
                    run.remove()
                case .kept: break
                }
            } catch {
                log("the crash report of run \(name) is kept for the next start: \(error)")
            }
        }
        return adopted
    }

    /// What is still being written stays, and the run's directory with it.
    private func children(of run: borrowing DeadRun) throws(SystemError) -> [String] {
        try ChildCrashes(path: run.path).move(into: cache, abandoned: true)
    }

    /// Of this process's own run, which goes on.
    private func ownChildren() -> [String] {
        guard let ownRun else { return [] }
        do {
            return try ChildCrashes(path: "\(cache.runs)/\(ownRun)").move(into: cache, abandoned: false)
        } catch {
            log("the crash report of a forked child is kept for the next start: \(error)")
            return []
        }
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

    private enum Outcome {
        case report(DeadRun.Report)
        /// It ended by itself, or nobody wants the report.
        case nothing
        /// It stays as it is.
        case kept
    }

    private func outcome(
        of run: borrowing DeadRun, _ finish: (RecoveredCrash) -> Envelope?
    ) throws(SystemError) -> Outcome {
        if let report = run.report() { return .report(report) }
        // First: whatever is read from here on may be what ended the recovery before.
        let attempt = run.countAttempt()
        do throws(SystemError) {
            return try outcome(of: run, attempt, finish)
        } catch {
            run.setAttempts(attempt)  // it did not die of it
            throw error
        }
    }

    private func outcome(
        of run: borrowing DeadRun, _ attempt: Int, _ finish: (RecoveredCrash) -> Envelope?
    ) throws(SystemError) -> Outcome {
        switch try found(in: run, withParts: attempt < 2) {
        case .none: return .nothing
        case .gone(let session):
            log("\(run.path): the process was gone without a crash report: killed, or the machine went down")
            return try end(session, of: run)
        case .foreign(let why, let text):
            run.setAttempts(attempt)
            return leaveToItsVersion(run, why, text)
        case .crash(let crash) where crash.hasCallbacks && !isService:
            run.setAttempts(attempt)
            log("\(run.path): left to the service's next start, for its callbacks must see the report")
            return .kept
        case .crash(var crash):
            if attempt < 2 {
                for note in symbolicator.symbolicate(&crash.event).notes { log(note) }
            } else {
                crash.forgetAttachedFiles()
                log(
                    "\(run.path): recovery was tried twice and did not end; sending addresses of the crashed thread only"
                )
            }
            log("recovered a crash of \(crash.event.release ?? "this service"): \(crash.title)")
            guard let envelope = finish(crash) else {
                // What is dropped does not count as a crash of the session, which is over all the same.
                return try end(crash.session?.abnormal(), of: run)
            }
            return .report(try run.finish(envelope, crash.eventID))
        }
    }

    private func end(_ session: Session?, of run: borrowing DeadRun) throws(SystemError) -> Outcome {
        guard let session else { return .nothing }
        return .report(try run.finish(Envelope(items: [session.item]), session.id))
    }

    /// A start of the version that wrote it understands all of it. It may never come.
    private func leaveToItsVersion(_ run: borrowing DeadRun, _ why: String, _ text: [UInt8]) -> Outcome {
        guard let age = run.age, age > Self.patience else {
            log("\(run.path): \(why); it is left to a start of the version that wrote it")
            return .kept
        }
        let reason = "\(why), and no start of the version that wrote it came within \(Self.patience / 86400) days"
        if !text.isEmpty { run.setAside(text, in: quarantine, reason: reason) }
        log("\(run.path): \(reason); it is given up")
        return .nothing
    }

    private enum Found {
        case crash(RecoveredCrash)
        case none
        /// It had a session, which nobody ended: as it is told.
        case gone(Session)
        /// A crash or none: another version wrote it, and nothing can be sent of it. What there is of a crash file.
        case foreign(String, [UInt8])
    }

    /// From the crash file, and where that cannot be understood from the black box.
    private func found(in run: borrowing DeadRun, withParts: Bool) throws(SystemError) -> Found {
        var problem: DeadBox.Problem?
        var session: Session?
        var note: RecoveredCrash?
        var hasCallbacks = false
        if let box = DeadBox("\(run.path)/\(Run.Name.box)", problem: &problem) {
            session = box.session
            hasCallbacks = box.info.has_callbacks
            if box.info.signal != 0 {
                note = RecoveredCrash(
                    event: Event(crashNoteOf: box), header: [:], session: session, hasCallbacks: hasCallbacks)
            }
        }
        let foreign = problem.flatMap { $0.isForeign ? $0.text : nil }
        if let problem, !problem.isForeign { log("\(run.path): \(problem.text)") }

        var unclear: (text: [UInt8], why: String)?
        var foreignFile: String?
        switch try run.crashFile() {
        case .whole(let text, let parts, let file):
            if let (event, header) = crash(text, withParts ? parts : [], foreign: file, of: run) {
                return .crash(
                    RecoveredCrash(event: event, header: header, session: session, hasCallbacks: hasCallbacks))
            }
            if file != nil { foreignFile = "the crash file was written by another version of Faultline" }
            unclear = (file ?? text, foreignFile ?? "it is whole, but no envelope with an event")
        case .torn(let text): unclear = (text, "it is torn")
        case .none: break
        }
        if let note {
            if let unclear { setAside(unclear.text, of: run, unclear.why, "the report was made from the black box") }
            return .crash(note)
        }
        if let failure = problem?.failure { throw failure }
        if let why = foreign ?? foreignFile { return .foreign(why, unclear?.text ?? []) }
        if let unclear { setAside(unclear.text, of: run, unclear.why, "the black box knows of no crash") }
        if let session = session?.abnormal() { return .gone(session) }
        return .none
    }

    private func crash(
        _ text: [UInt8], _ parts: [[UInt8]], foreign: [UInt8]?, of run: borrowing DeadRun
    ) -> (event: Event, header: Fields)? {
        guard let envelope = try? Envelope(parsing: text), var event = envelope.events.first else { return nil }
        let understood = parts.map { event.add(crashFilePart: $0) }
        if let foreign, understood.contains(false) {
            run.setAside(
                foreign, in: quarantine,
                reason:
                    "the crash file was written by another version of Faultline; the report holds what was understood")
        }
        return (event, envelope.header)
    }

    private func setAside(_ text: [UInt8], of run: borrowing DeadRun, _ why: String, _ instead: String) {
        let reason = "the crash file cannot be understood: \(why); \(instead)"
        run.setAside(text, in: quarantine, reason: reason)
        log("\(run.path): \(reason); what there was of it is in \(cache.quarantine)")
    }
}

extension MappingGuard {
    /// By our handler of SIGBUS, while that is installed.
    static let handler = MappingGuard(begin: fl_as_guard_begin, end: fl_as_guard_end)
}
