// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol
internal import Logging

/// What happens to an event between its capture and the queue, in the order of
/// https://develop.sentry.dev/sdk/foundations/client/: scopes, processors, the process's facts, scrubbing and trimming,
/// the hook, the session, sampling. Whoever drops an event says why, and it is counted.
struct EventPipeline: Sendable {
    let options: Options
    let facts: ClientFacts
    let reports: ClientReports
    let sessions: SessionTracker
    /// 0 … 1, without 1.
    let random: @Sendable () -> Double
    private let trimmer: EventTrimmer
    private let filter: ErrorFilter

    init(
        options: Options, facts: ClientFacts, reports: ClientReports, sessions: SessionTracker,
        filter names: KeyFilter, random: @escaping @Sendable () -> Double
    ) {
        self.options = options
        self.facts = facts
        self.reports = reports
        self.sessions = sessions
        self.random = random
        filter = ErrorFilter(options.ignoreErrors)
        trimmer = EventTrimmer(filter: names, maxValueLength: options.maxValueLength)
    }

    /// Whether nobody wants to see an event before it leaves.
    var isPlain: Bool {
        options.beforeSend == nil && options.errorSampler == nil && options.maxValueLength == nil
            && trimmer.filter.isAppliedToScopes
    }

    /// - Parameters:
    ///   - hint: goes through processors and hook, which may change its attachments.
    ///   - layers: of scopes, the global one first.
    ///   - isMessage: it was captured as a message, which is no error of the session.
    /// - Returns: the event as it is to be sent; nil: it was dropped.
    func process(
        _ event: Event, _ hint: inout Hint, layers: [Scope], trace: EventTrace, isMessage: Bool = false
    ) -> Event? {
        var event = event
        if event.eventID == nil { event.eventID = EventID() }
        if event.timestamp == nil { event.timestamp = .now() }
        if event.kind == .checkIn { return checkIn(event, trace) }
        if event.platform == nil { event.platform = "native" }
        apply(layers, trace, to: &event)
        let hooks = layers.map { $0.hooks ?? ScopeHooks() }
        hint.attachments = attachments(hooks, for: event) + hint.attachments
        guard let processed = applyProcessors(hooks, event, &hint) else {
            forgetError(hint, layers)
            return nil
        }
        event = processed
        event.apply(facts: facts.fields)
        guard let hooked = applyBeforeSend(trimmer.trimmed(event), &hint) else {
            forgetError(hint, layers)
            return nil
        }
        if hooked.kind == .error { sessions.noteEvent(hooked, isMessage: isMessage) }
        return isSampled(hooked, hint) ? hooked : nil
    }

    /// What follows the scopes, for the report of a crash, which carries its scopes already: processors that the service
    /// gave the process, scrubbing, trimming, the hook. A crash is not sampled.
    func process(crash event: Event, _ hint: inout Hint) -> Event? {
        guard let event = applyProcessors([Scope.global.hooks ?? ScopeHooks()], event, &hint) else { return nil }
        return applyBeforeSend(trimmer.trimmed(event), &hint)
    }

    /// Takes nothing of the scopes but the trace, is seen by no hook and never sampled.
    private func checkIn(_ event: Event, _ trace: EventTrace) -> Event {
        var event = event
        event.contexts = [PropagationContext.key: .object(trace.context)]
        for key in ["release", "environment"] where event.fields[key] == nil { event.fields[key] = facts.fields[key] }
        return event
    }

    // MARK: - Errors that are left out

    /// By ``Options/ignoreErrors``; counted.
    func isIgnored(_ error: any Error) -> Bool {
        guard filter.isIgnored(error) else { return false }
        reports.record(.eventProcessor, .error)
        options.logger.debug("an error was ignored: \(ErrorKind.of(error).type)")
        return true
    }

    /// The very error that was captured last (see ``ErrorIdentity``), as when each layer of a service captures what it rethrows; counted.
    func isRepeated(_ error: any Error, in scope: Scope) -> Bool {
        guard scope.noteError(error, by: sessions.owner) else { return false }
        reports.record(.eventProcessor, .error)
        options.logger.debug("an error was captured twice in a row: \(ErrorKind.of(error).type)")
        return true
    }

    /// One that a hook dropped may come again, and be another matter then.
    private func forgetError(_ hint: Hint, _ layers: [Scope]) {
        if hint.error != nil, layers.count > 1 { layers[1].noteError(nil, by: sessions.owner) }
    }

    // MARK: - Scopes

    private func apply(_ layers: [Scope], _ trace: EventTrace, to event: inout Event) {
        let kinds = event.kind == .error ? RecordKinds.all : .all.subtracting([.flags, .breadcrumbs, .level])
        let said = BlackBox.text(of: layers.map(\.handle), kinds: kinds)
        let saysTrace = event.contexts[PropagationContext.key] != nil
        let breadcrumbs = said.breadcrumbs + event.breadcrumbs.count
        event.apply(scope: said.fields, maxBreadcrumbs: options.maxBreadcrumbs)
        if event.kind == .error, breadcrumbs > event.breadcrumbs.count {
            var meta = EventMeta(of: event)
            meta.note(["len": .integer(Int64(breadcrumbs))], at: ["breadcrumbs"])
            meta.write(to: &event)
        }
        var contexts = event.contexts
        // A span lies over what the scopes say of the trace; what the event says itself is the most specific.
        if contexts[PropagationContext.key] == nil || trace.span != nil && !saysTrace {
            contexts[PropagationContext.key] = .object(trace.context)
        }
        event.contexts = contexts
    }

    private func attachments(_ hooks: [ScopeHooks], for event: Event) -> [Attachment] {
        let all = hooks.flatMap(\.attachments)
        return event.kind == .transaction ? all.filter(\.addToTransactions) : all
    }

    // MARK: - Processors and hook

    /// Those of the narrower scopes first, the process's last.
    private func applyProcessors(_ hooks: [ScopeHooks], _ event: Event, _ hint: inout Hint) -> Event? {
        guard hooks.contains(where: { !$0.isEmpty }) else { return event }
        let ordered = hooks.dropFirst() + hooks.prefix(1)
        let before = event
        let result = Client.$isCapturing.withValue(true) { () -> Event? in
            do {
                var event = event
                if let error = hint.error {
                    for processor in ordered.flatMap(\.errorProcessors) {
                        guard let changed = try processor(event, error) else { return nil }
                        event = changed
                    }
                }
                for processor in ordered.flatMap(\.eventProcessors) {
                    guard let changed = try processor(event, &hint) else { return nil }
                    event = changed
                }
                return event
            } catch {
                options.logger.debug("an event processor threw \(error)")
                return nil
            }
        }
        return settled(result, before, .eventProcessor, "an event processor")
    }

    private func applyBeforeSend(_ event: Event, _ hint: inout Hint) -> Event? {
        let (hook, name) =
            switch event.kind {
            case .error: (options.beforeSend, "beforeSend")
            case .transaction: (options.beforeSendTransaction, "beforeSendTransaction")
            case .feedback: (options.beforeSendFeedback, "beforeSendFeedback")
            case .checkIn: (nil, "")
            }
        guard let hook else { return event }
        let result = Client.$isCapturing.withValue(true) { () -> Event? in
            do {
                return try hook(event, &hint)
            } catch {
                options.logger.debug("\(name) threw \(error)")
                return nil
            }
        }
        return settled(result, event, .beforeSend, name)
    }

    /// Counts what is gone: the event, or some spans of it.
    private func settled(_ result: Event?, _ before: Event, _ reason: DiscardReason, _ who: String) -> Event? {
        let spans = before.spanCount
        guard var result else {
            recordLoss(of: before, reason)
            options.logger.debug("\(who) dropped \(before.eventID?.description ?? "an event")")
            return nil
        }
        let lost = spans - result.spanCount
        if before.kind == .transaction, lost > 0 {
            reports.record(reason, .span, quantity: lost)
            if reason == .eventProcessor {
                var meta = EventMeta(of: result)
                meta.note(["len": .integer(Int64(spans))], at: ["spans"])
                meta.write(to: &result)
            }
        }
        return result
    }

    func recordLoss(of event: Event, _ reason: DiscardReason) {
        switch event.kind {
        case .error: reports.record(reason, .error)
        case .checkIn: reports.record(reason, .monitor)
        case .feedback: reports.record(reason, .feedback)
        case .transaction:
            reports.record(reason, transactionOf: event.spanCount + 1)
        }
    }

    // MARK: - Sampling

    private func isSampled(_ event: Event, _ hint: Hint) -> Bool {
        guard event.kind == .error else { return true }
        guard let sampler = options.errorSampler else { return isSampled() }
        let rate = Client.$isCapturing.withValue(true) { sampler(event, hint) }
        // An answer that is no rate sends: better one too many than one lost.
        return (0...1).contains(rate) ? isSampled(rate: rate, by: "errorSampler") : true
    }

    /// By ``Options/sampleRate``.
    func isSampled() -> Bool { isSampled(rate: options.sampleRate ?? 1, by: "sampleRate") }

    private func isSampled(rate: Double, by option: String) -> Bool {
        if rate >= 1 || random() < rate { return true }
        reports.record(.sampleRate, .error)
        options.logger.debug("an event was dropped by \(option) \(rate)")
        return false
    }
}
