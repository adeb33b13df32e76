// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
internal import FaultlineProtocol
internal import Synchronization

/// What a root span and its children share: the trace, the decision, the spans that have ended.
///
/// Holds no `Span`, which holds it: one that nobody finishes is freed with its last span.
final class Transaction: Sendable {
    let client: Client
    /// nil: it is not recorded.
    let eventID: EventID?
    // Not as `Scopes`: the span outside is no part of it, or a job that starts the next one would keep all before it.
    private let isolation: Scope
    private let outerCurrent: Scope
    let traceID: TraceID
    let decision: SamplingDecision
    let clock: TransactionClock
    private let rand: SampleRand?
    /// The root span, as it began.
    let root: SpanRecord
    /// Of the trace's first service.
    private let head: Fields?
    private let seed: UInt64
    private let begun = Atomic<UInt64>(0)
    /// Guards the states of the transaction's spans, too.
    let recorder: Lock<Recorder>

    struct Label: Sendable {
        var name: String
        var source: TransactionSource
    }

    struct Recorder {
        fileprivate var label: Label
        /// The scope that was made for what runs in it.
        fileprivate var entered: Scope?
        fileprivate var spans: [SpanRecord] = []
        fileprivate var contexts: Fields = [:]
        fileprivate var measurements: Fields = [:]
        fileprivate var isOver = false
        /// Told to other services, or sent: it changes no more.
        fileprivate var sampling: Fields?
        /// In a forked child, whose parent changed it in the moment of the fork: nothing of the spans can be believed.
        var isTorn = false

        mutating func add(_ span: SpanRecord) {
            if !isOver { spans.append(span) }
        }
    }

    init(
        client: Client, in isolation: Scope, _ current: Scope, propagation: PropagationContext, label: Label,
        root: SpanRecord,
        clock: TransactionClock, decision: SamplingDecision
    ) {
        self.client = client
        self.isolation = isolation
        outerCurrent = current
        traceID = propagation.traceID
        head = propagation.head
        self.decision = decision
        self.root = root
        rand = propagation.rand
        recorder = Lock(
            Recorder(label: label), inChild: { Recorder(label: label, isOver: true, isTorn: true) })
        self.clock = clock
        eventID = decision.sampled ? EventID() : nil
        seed = Randomness.words().0
    }

    // MARK: - Scopes

    /// What they say is read at the end.
    var scopes: Scopes {
        Scopes(isolation: isolation, current: recorder.withLock { $0.entered } ?? outerCurrent)
    }

    /// What runs in `scope`, which is for nothing else, belongs to the transaction.
    func enter(_ scope: Scope) {
        let before = recorder.withLock { recorder in
            defer { recorder.entered = scope }
            return recorder.entered
        }
        if decision.sampled { before?.leaveTransaction() }
        note()
    }

    /// What a crash would tell of it; nothing once it has ended.
    private func note() {
        recorder.withLock { $0.isOver ? nil : $0.entered }?.enter(self)
    }

    // MARK: - Name

    var name: Label { recorder.withLock { $0.label } }

    /// - Parameter source: nil: as it is.
    func rename(_ name: String, _ source: TransactionSource?) {
        recorder.withLock { recorder in
            recorder.label.name = name
            if let source { recorder.label.source = source }
        }
        note()
    }

    // MARK: - Spans

    /// - Returns: the id of a new child, and whether there is room for it.
    func begin() -> (SpanID, isRecorded: Bool) {
        let number = begun.add(1, ordering: .relaxed).oldValue
        return (SpanID(seed: seed, number: number), decision.sampled && number < client.options.maxSpans)
    }

    func setContext(_ key: String, _ value: Fields?) {
        recorder.withLock { if !$0.isOver, decision.sampled { $0.contexts[key] = value.map { .object($0) } } }
    }

    func setMeasurement(_ name: String, _ value: JSONValue) {
        recorder.withLock { if !$0.isOver, decision.sampled { $0.measurements[name] = value } }
    }

    // MARK: - Dynamic sampling context

    /// What every service of the trace is told of it, and the server; frozen from the first call on.
    /// Source: [Dynamic sampling context](https://develop.sentry.dev/sdk/telemetry/traces/dynamic-sampling-context/).
    var samplingContext: Fields {
        let now = currentSamplingContext
        return recorder.withLock { recorder in
            if let frozen = recorder.sampling { return frozen }
            recorder.sampling = now
            return now
        }
    }

    /// The same as it would be frozen now.
    var currentSamplingContext: Fields {
        recorder.withLock { $0.sampling } ?? samplingContext(name)
    }

    private func samplingContext(_ label: Label) -> Fields {
        let rate: JSONValue? = decision.rate.map { .string("\($0)") }
        if var head {
            // The rate is the one that was decided by.
            if let rate { head["sample_rate"] = rate }
            return head
        }
        var fields: Fields = ["trace_id": .string(traceID.description)]
        fields["sample_rand"] = rand.map { .string($0.text) }
        fields = fields.merging(client.facts.trace)
        if !label.name.isEmpty, label.source != .url { fields["transaction"] = .string(label.name) }
        fields["sample_rate"] = rate
        fields["sampled"] = .string(decision.sampled ? "true" : "false")
        return fields
    }

    // MARK: - End

    func finish(_ root: SpanRecord) -> EventID? {
        let (begun, recorder) = recorder.withLock { recorder in
            recorder.isOver = true
            defer { recorder.spans = [] }
            return (Int(self.begun.load(ordering: .relaxed)), recorder)
        }
        guard decision.sampled else {
            if let reason = decision.reason { client.recordUnsampled(reason) }
            return nil
        }
        recorder.entered?.leaveTransaction()
        let label = recorder.label
        let lost = begun - recorder.spans.count
        if lost > 0 { client.recordLostSpans(lost) }
        guard !client.refuses(label.name, spans: recorder.spans.count + 1) else { return nil }
        return client.capture(event(root, recorder, begun), of: self)
    }

    /// The transaction as an event.
    /// - Parameter begun: how many spans there were.
    private func event(_ root: SpanRecord, _ recorder: Recorder, _ begun: Int) -> Event {
        let label = recorder.label, spans = recorder.spans
        var event = Event(fields: ["type": "transaction"])
        event.eventID = eventID
        event.fields["transaction"] = .string(label.name.isEmpty ? "<unlabeled transaction>" : label.name)
        event.fields["transaction_info"] = ["source": .string(label.source.rawValue)]
        event.fields["start_timestamp"] = .string(clock.timestamp(root.state.start).description)
        event.timestamp = clock.timestamp(root.state.end ?? root.state.start)
        var contexts = recorder.contexts
        contexts[PropagationContext.key] = .object(root.context(traceID))
        if let status = root.state.data["http.response.status_code"], contexts["response"] == nil {
            contexts["response"] = ["status_code": status]
        }
        event.contexts = contexts
        if !root.state.tags.isEmpty { event.fields["tags"] = .object(root.state.tags) }
        if !recorder.measurements.isEmpty { event.fields["measurements"] = .object(recorder.measurements) }
        event.fields["spans"] = .array(
            spans.sorted { $0.state.start < $1.state.start }.map { $0.json(traceID, clock) })
        if begun > spans.count {
            var meta = EventMeta()
            meta.note(["len": .integer(Int64(begun))], at: ["spans"])
            meta.write(to: &event)
        }
        return event
    }
}
