// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
public import FaultlineProtocol

/// Something that is done and takes time: a request, a query. What begins with a root span
/// (``FaultlineSDK/startTransaction(name:operation:source:origin:sampled:custom:)``) is sent as one transaction, with the
/// spans that ended before it.
///
/// All functions may be called from any thread, also after the end, where they do nothing. A span that is never finished is
/// left out. Source: [Spans](https://develop.sentry.dev/sdk/telemetry/traces/).
public final class Span: Sendable {
    /// Of the trace, in all services that take part.
    public let traceID: TraceID
    /// This span's own.
    public let spanID: SpanID
    /// Of the span it was started in; of a root span that of the calling service, nil: the trace began here.
    public let parentSpanID: SpanID?
    /// nil: an orphan, started while no transaction ran. It is not sent.
    let transaction: Transaction?
    let isRoot: Bool
    /// Of a root span, and of one for which there is room in a transaction that is recorded; else nothing but the ids is
    /// kept.
    private let kept: Kept?

    private final class Kept: Sendable {
        // nonisolated(unsafe): touched under the transaction's lock alone, in `locked`. A lock of its own would cost each
        // span as much as all the rest of it.
        nonisolated(unsafe) var state: State

        init(_ state: State) { self.state = state }
    }

    struct State {
        var operation: String
        /// Empty of a root span: the transaction has it.
        var name: String
        let origin: String
        /// Nanoseconds of the monotonic clock.
        let start: UInt64
        var end: UInt64?
        var status: SpanStatus?
        var tags: Fields = [:]
        var data: Fields = [:]
        var links: [JSONValue] = []

        /// Of a span that is not recorded.
        static let nothing = State(operation: "", name: "", origin: "", start: 0)
    }

    /// A root span.
    init(rootOf transaction: Transaction) {
        traceID = transaction.traceID
        spanID = transaction.root.spanID
        parentSpanID = transaction.root.parentSpanID
        self.transaction = transaction
        isRoot = true
        kept = Kept(transaction.root.state)
    }

    /// A child.
    private init(
        of parent: Span, _ transaction: Transaction, operation: String, name: String?, origin: String,
        _ given: SpanStart?
    ) {
        traceID = parent.traceID
        parentSpanID = parent.spanID
        self.transaction = transaction
        isRoot = false
        let (id, isRecorded) = transaction.begin()
        spanID = given?.spanID ?? id
        guard isRecorded else {
            kept = nil
            return
        }
        let start = (given?.moment).map(transaction.clock.monotonic) ?? MonotonicClock.now
        kept = Kept(State(operation: operation, name: name ?? "", origin: origin, start: start))
    }

    /// An orphan.
    init(orphanOf traceID: TraceID, parentSpanID: SpanID?) {
        self.traceID = traceID
        spanID = SpanID()
        self.parentSpanID = parentSpanID
        transaction = nil
        isRoot = false
        kept = nil
    }

    /// Whether the transaction is recorded and will be sent.
    public var isSampled: Bool { transaction?.decision.sampled ?? false }

    /// A span within this one. It is not made the current one; see ``FaultlineSDK/withSpan(operation:name:data:_:)``.
    /// - Parameters:
    ///   - operation: what kind of work, such as `db.query`
    ///     ([list](https://develop.sentry.dev/sdk/telemetry/traces/span-operations/)).
    ///   - name: what exactly, such as the query without its values.
    ///   - origin: who made the span, when it was not the service's own code: `auto.` and where.
    public func startChild(operation: String, name: String? = nil, origin: String = "manual") -> Span {
        startChild(operation: operation, name: name, origin: origin, given: nil)
    }

    /// The same as another tracer has begun it.
    package func startChild(operation: String, name: String?, origin: String, given: SpanStart?) -> Span {
        guard let transaction else { return Span(orphanOf: traceID, parentSpanID: spanID) }
        return Span(of: self, transaction, operation: operation, name: name, origin: origin, given)
    }

    // MARK: - What is said of it

    /// Sets a tag, cut to 200 characters as a server would.
    public func setTag(_ key: String, _ value: String) {
        record { $0.tags[String(key.prefix(200))] = .string(String(value.prefix(200))) }
    }

    /// Sets one value of its data; nil removes it. Names as OpenTelemetry has them: `db.system`.
    public func setData(_ key: String, _ value: JSONValue?) { record { $0.data[key] = value } }

    /// Sets several values of its data; others stay.
    public func setData(_ data: Fields) { record { $0.data = $0.data.merging(data) } }

    /// How it ended; ``SpanStatus/ok`` is told only when it is set.
    public func setStatus(_ status: SpanStatus) { change { $0.status = status } }

    /// What an HTTP response says: status, tag and data.
    public func setHTTPStatus(_ code: Int) {
        setStatus(SpanStatus(httpStatus: code))
        record {
            $0.tags["http.status_code"] = .string("\(code)")
            $0.data["http.response.status_code"] = .integer(Int64(code))
        }
    }

    /// Another name; of a root span it is the transaction's.
    /// - Parameters:
    ///   - name: what is done, without what differs from case to case.
    ///   - source: where the name comes from, of a root span; nil: as before.
    public func setName(_ name: String, source: TransactionSource? = nil) {
        guard isRoot else { return record { $0.name = name } }
        transaction?.rename(name, source)
    }

    /// Its name; of a root span the transaction's.
    public var name: String { isRoot ? transaction?.name.name ?? "" : current.name }

    /// Replaces a context of the transaction, of which this is the root span; nil removes it. Of other spans, nothing
    /// happens.
    public func setContext(_ key: String, _ value: Fields?) {
        guard isRoot, !Scope.ownContexts.contains(key) else { return }
        transaction?.setContext(key, value)
    }

    /// A number of the transaction's, such as a size or a duration.
    /// - Parameters:
    ///   - name: of the number; another one of this name takes its place.
    ///   - value: one that is not finite is left out.
    ///   - unit: `millisecond`, `byte`, `ratio` and their like; empty: none
    ///     ([list](https://develop.sentry.dev/sdk/telemetry/metrics/#units)).
    public func setMeasurement(_ name: String, _ value: Double, unit: String = "") {
        guard value.isFinite else { return }
        transaction?.setMeasurement(name, ["value": .number(value), "unit": .string(unit)])
    }

    /// What kind of work it is.
    public func setOperation(_ operation: String) { change { $0.operation = operation } }

    /// Says that it has to do with a span elsewhere, such as the one that put the message into the queue. At most 128 are
    /// kept ([Span links](https://develop.sentry.dev/sdk/telemetry/traces/span-links/)).
    public func addLink(traceID: TraceID, spanID: SpanID, attributes: Fields = [:]) {
        var link: Fields = ["trace_id": .string(traceID.description), "span_id": .string(spanID.description)]
        if !attributes.isEmpty { link["attributes"] = .object(attributes) }
        record { if $0.links.count < 128 { $0.links.append(.object(link)) } }
    }

    /// What kind of work it is.
    package var operation: String { current.operation }

    /// How it ended; nil: nobody has said.
    package var status: SpanStatus? { current.status }

    /// Whether it is part of no transaction, and never sent.
    package var isOrphan: Bool { transaction == nil }

    /// What only a transaction that is sent tells.
    private func record(_ body: (inout State) -> Void) {
        if isSampled { change(body) }
    }

    private func change(_ body: (inout State) -> Void) {
        locked { state, _ in if state.end == nil { body(&state) } }
    }

    /// What was said so far.
    var current: State { locked { state, _ in state } ?? .nothing }

    /// - Returns: nil: there is no state, or a forked child has it half changed.
    private func locked<Result>(_ body: (inout State, inout Transaction.Recorder) -> Result) -> Result? {
        guard let kept, let transaction else { return nil }
        return transaction.recorder.withLock { $0.isTorn ? nil : body(&kept.state, &$0) }
    }

    // MARK: - End

    /// Ends it; of a root span, ends and sends the transaction, without the spans that have not ended. Idempotent.
    /// - Returns: the id of the transaction's event; nil: it is no root span, or it was not sent.
    @discardableResult
    public func finish() -> EventID? { finish(at: nil) }

    /// Ends it at a moment, which is not before its start.
    /// - Returns: see ``finish()``.
    @discardableResult
    public func finish(at moment: Timestamp?) -> EventID? {
        guard kept != nil, let transaction else { return nil }
        let now = moment.map(transaction.clock.monotonic) ?? MonotonicClock.now
        let ended = locked { state, recorder -> SpanRecord? in
            guard state.end == nil else { return nil }
            state.end = max(now, state.start)
            let record = SpanRecord(spanID: spanID, parentSpanID: parentSpanID, state: state)
            if !isRoot { recorder.add(record) }
            return record
        }
        guard isRoot, let ended = ended ?? nil else { return nil }
        return transaction.finish(ended)
    }
}

/// How another tracer has begun a span.
package struct SpanStart: Sendable {
    /// nil: now.
    let moment: Timestamp?
    /// nil: ours.
    let spanID: SpanID?

    package init(moment: Timestamp?, spanID: SpanID?) {
        self.moment = moment
        self.spanID = spanID
    }
}
