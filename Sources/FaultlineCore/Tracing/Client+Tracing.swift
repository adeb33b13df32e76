// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol
internal import Logging

extension Options {
    /// Whether transactions are decided upon at all: a rate of 0 is not off, for it goes with a caller who records.
    var isTracingOn: Bool { tracesSampleRate != nil || tracesSampler != nil }
}

extension Client {
    /// A root span in the trace that was begun or continued for the isolation scope, as for a request; elsewhere each
    /// transaction has a trace of its own.
    /// - Parameters:
    ///   - sampled: nil: the sampler, the caller and the rate decide.
    ///   - trace: the trace, where it is not the scope's.
    ///   - given: of the root span.
    func startTransaction(
        _ label: Transaction.Label, operation: String, origin: String, sampled: Bool?, custom: Fields,
        in isolation: Scope, _ current: Scope, trace: PropagationContext? = nil, given: SpanStart? = nil
    ) -> Span {
        let (found, isGiven) = isolation.givenTrace
        guard options.isTracingOn, !isOfParent, !Self.isCapturing else {
            return Span(orphanOf: found.traceID, parentSpanID: found.spanID)
        }
        let propagation = trace ?? (isGiven ? found : PropagationContext())
        let clock = TransactionClock()
        let decision = SamplingDecision(
            explicit: sampled,
            sampler: { sampler(label, operation, origin, propagation, custom) },
            parent: propagation.parentSampled, rate: options.tracesSampleRate, isOn: true,
            // Where none agrees with what was decided before, only a rate of 1 records.
            rand: propagation.rand?.value ?? 1 - .ulpOfOne,
            downsampling: options.enableBackpressureHandling
                ? backpressure.factor(of: sender, now: clock.monotonicStart) : 0)
        let start = (given?.moment).map(clock.monotonic) ?? clock.monotonicStart
        let root = SpanRecord(
            spanID: given?.spanID ?? SpanID(), parentSpanID: propagation.parentSpanID,
            state: Span.State(operation: operation, name: "", origin: origin, start: start))
        return Span(
            rootOf: Transaction(
                client: self, in: isolation, current, propagation: propagation, label: label, root: root, clock: clock,
                decision: decision))
    }

    private func sampler(
        _ label: Transaction.Label, _ operation: String, _ origin: String, _ propagation: PropagationContext,
        _ custom: Fields
    ) -> Double? {
        guard let sampler = options.tracesSampler else { return nil }
        let context = SamplingContext(
            name: label.name, operation: operation, source: label.source, origin: origin, traceID: propagation.traceID,
            parentSpanID: propagation.parentSpanID, parentSampled: propagation.parentSampled,
            parentSampleRate: (propagation.incoming?["sample_rate"]?.stringValue).flatMap { Double($0) }
                .flatMap { (0...1).contains($0) ? $0 : nil },
            custom: custom)
        do {
            let rate = try Self.$isCapturing.withValue(true) { try sampler(context) }
            if !(0...1).contains(rate) {
                options.logger.debug("tracesSampler: \(rate) is not between 0 and 1; the transaction is not recorded")
            }
            return rate
        } catch {
            options.logger.debug("tracesSampler threw \(error); it is decided as without one")
            return nil
        }
    }

    /// Whether a transaction need not be put together: the queue is full. What is dropped for another reason is not told here.
    /// - Parameter spans: see ``Sender/refuses(transaction:spans:)``.
    func refuses(_ name: String, spans: Int) -> Bool {
        guard !isOfParent, !Self.isCapturing, !options.ignoreTransactions.contains(name) else { return false }
        return sender.refuses(transaction: name, spans: spans)
    }

    /// - Returns: the event's id; nil: it was dropped.
    func capture(_ event: Event, of transaction: Transaction) -> EventID? {
        guard !isOfParent else { return nil }
        guard !Self.isCapturing else {
            pipeline.recordLoss(of: event, .eventProcessor)
            return nil
        }
        var hint = Hint()
        let scopes = transaction.scopes
        guard !isIgnored(event) else { return nil }
        let trace = EventTrace(transaction, scopes)
        guard let event = pipeline.process(event, &hint, layers: scopes.layers, trace: trace),
            let id = event.eventID
        else { return nil }
        return enqueue(
            id, event.kind.itemType, JSONValue.object(event.fields).serialized(),
            attachmentItems.items(for: hint.attachments), scopes, trace)
    }

    /// One that a crash broke off, of a run that died.
    /// - Parameter sampling: the dynamic sampling context of its trace; nil: a torn note.
    func capture(crashed transaction: Event, _ sampling: Fields?) {
        guard !isIgnored(transaction) else { return }
        var hint = Hint()
        guard let event = pipeline.process(crash: transaction, &hint), let id = event.eventID,
            let trace = event.contexts[PropagationContext.key]?.objectValue?["trace_id"]
        else { return }
        let header = facts.envelopeHeader(id, sampling ?? facts.samplingContext(of: trace))
        let item = EnvelopeItem(type: event.kind.itemType, payload: JSONValue.object(event.fields).serialized())
        _ = sender.enqueue(Envelope(header: header, items: [item]))
    }

    /// By ``Options/ignoreTransactions``; counted.
    private func isIgnored(_ transaction: Event) -> Bool {
        guard let name = transaction.transaction, options.ignoreTransactions.contains(name) else { return false }
        pipeline.recordLoss(of: transaction, .eventProcessor)
        options.logger.debug("a transaction was ignored: \(name)")
        return true
    }

    func recordUnsampled(_ reason: DiscardReason) {
        pipeline.reports.record(reason, transactionOf: 1)
    }

    /// Children beyond the limit, and those that had not ended.
    func recordLostSpans(_ count: Int) {
        pipeline.reports.record(.bufferOverflow, .span, quantity: count)
        options.logger.debug("\(count) spans were left out: beyond maxSpans, or not finished before their transaction")
    }
}
