// SPDX-License-Identifier: Apache-2.0

public import FaultlineCore
public import Tracing

/// Makes Sentry's spans of what libraries tell swift-distributed-tracing: HTTP clients and servers, gRPC, databases.
///
/// ```swift
/// InstrumentationSystem.bootstrap(FaultlineTracer())
/// ```
/// Its context and the SDK's are the same: a span that is begun by either is within the one that runs, whoever began that, and
/// errors, logs and requests to other services name it. What begins where nothing runs is a transaction, but for requests to
/// others (`.client`, `.producer`). Whether it is recorded say the SDK's options; while tracing is off, the trace is handed on
/// all the same, but errors name the one of their scope: the middleware's, where there is one.
///
/// A request is given its own scopes by a middleware (`FaultlineSDK.withRequest`), not by a tracer, which can bind nothing: put
/// the middleware in front of the one that traces, and a crash tells the request's trace, too.
public struct FaultlineTracer: Tracer, FaultlineSpanMaker {
    /// Whose trace and span ids are used beside another tracer.
    public enum Identifiers: Sendable {
        /// Each its own.
        case own
        /// The other tracer's, so that a span has one name in both systems. The other one must inject W3C's `traceparent`;
        /// where it does not, ours are used.
        case other
    }

    private let other: (any Tracer)?
    private let identifiers: Identifiers

    /// The only tracer.
    public init() {
        self.init(nil, .own)
    }

    /// Feeds another tracer as well, such as OpenTelemetry's: `MultiplexInstrument` would hand spans to the first of its
    /// tracers alone.
    ///
    /// ```swift
    /// InstrumentationSystem.bootstrap(FaultlineTracer(alongside: otel.tracer, identifiers: .other))
    /// ```
    public init(alongside other: any Tracer, identifiers: Identifiers = .own) {
        self.init(other, identifiers)
    }

    private init(_ other: (any Tracer)?, _ identifiers: Identifiers) {
        self.other = other
        self.identifiers = identifiers
        TraceCarrier.isRead
    }

    // MARK: - Spans

    /// Begins a span within the one that `context` carries.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> TracerSpan {
        let before = context(), instant = instant()
        let theirs = other?.startSpan(
            operationName, context: before, ofKind: kind, at: instant, function: function, file: fileID, line: line)
        let parent = Parent(before)
        let span = begin(
            operationName, in: parent, before, kind, at: Timestamp(instant.nanosecondsSinceEpoch),
            theirs.flatMap(identity))
        let notes = SpanNotes(span, kind, in: parent.remote, name: operationName)
        var context = theirs?.context ?? before
        TraceCarrier.span(notes).put(into: &context)
        return TracerSpan(context: context, notes: notes, other: theirs)
    }

    /// The span that the context carries; nil: none of ours.
    public func activeSpan(identifiedBy context: ServiceContext) -> TracerSpan? {
        guard case .span(let notes) = TraceCarrier[context] else { return nil }
        return TracerSpan(context: context, notes: notes, other: other?.activeSpan(identifiedBy: context))
    }

    private func begin(
        _ name: String, in parent: Parent, _ context: ServiceContext, _ kind: SpanKind, at moment: Timestamp,
        _ identity: PropagationContext?
    ) -> FaultlineCore.Span {
        let operation = SpanConventions.operation(kind)
        let start = SpanStart(moment: moment, spanID: identity?.parentSpanID)
        var trace: PropagationContext?
        switch parent {
        case .span(let parent):
            return parent.startChild(operation: operation, name: name, origin: Self.origin, given: start)
        case .remote(let remote): trace = remote
        case .none: break
        }
        if trace == nil, kind == .client || kind == .producer { return FaultlineSDK.startOrphan() }
        if let identity, trace?.traceID != identity.traceID {
            trace = PropagationContext(traceID: identity.traceID, parentSpanID: theirParent(context, identity.traceID))
        }
        // A server's span gets the route as its name when it is known; until then it is not told to others.
        return FaultlineSDK.startTransaction(
            name: name, operation: operation, source: kind == .server ? .url : .custom, origin: Self.origin,
            trace: trace, given: start)
    }

    private static let origin = "auto.swift_distributed_tracing"

    // MARK: - The other tracer's ids

    /// As the other tracer would tell them to another service; there, the span is the parent.
    private func identity(of span: any Tracing.Span) -> PropagationContext? {
        identifiers == .other ? traceparent(of: span.context) : nil
    }

    private func theirParent(_ context: ServiceContext, _ traceID: TraceID) -> SpanID? {
        guard let parent = traceparent(of: context), parent.traceID == traceID else { return nil }
        return parent.parentSpanID
    }

    private func traceparent(of context: ServiceContext) -> PropagationContext? {
        theirHeaders(context)["traceparent"].flatMap { PropagationContext(traceparent: $0) }
    }

    private func theirHeaders(_ context: ServiceContext) -> [String: String] {
        var headers: [String: String] = [:]
        other?.inject(context, into: &headers, using: DictionaryInjector())
        return headers
    }

    // MARK: - Other services

    /// Reads `sentry-trace` and `baggage`, else W3C's `traceparent`, and whatever the other tracer reads.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        other?.extract(carrier, into: &context, using: extractor)
        let trace = FaultlineSDK.continuation { extractor.extract(key: $0, from: carrier) }
        if let trace { TraceCarrier.remote(trace).put(into: &context) }
    }

    /// Writes `sentry-trace` and `baggage` where ``/FaultlineCore/Options/tracePropagationTargets`` name the request (by the
    /// URL among the span's attributes, else by the span's name), and whatever the other tracer writes.
    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        var headers = theirHeaders(context)
        var span: FaultlineCore.Span?, trace: PropagationContext?, target = ""
        switch TraceCarrier[context] {
        case .span(let notes):
            // Inside of it another one may run that the SDK has begun.
            span = notes === TraceCarrier.notes ? FaultlineSDK.getCurrentSpan() : notes.span
            trace = notes.remote
            target = notes.target
        case .remote(let remote): trace = remote
        case nil: break
        }
        let ours = FaultlineSDK.propagationHeaders(of: span, in: trace, to: target, baggage: headers["baggage"])
        for (name, value) in ours {
            // The other one's names its own ids.
            if name == "traceparent", headers[name] != nil { continue }
            headers[name] = value
        }
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            injector.inject(value, forKey: name, into: &carrier)
        }
    }

    /// Asks the other tracer to. Ours are sent by `FaultlineSDK.flush`.
    @available(*, deprecated, message: "FaultlineSDK.flush waits until all is sent")
    public func forceFlush() {
        other?.forceFlush()
    }
}

private struct DictionaryInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key.lowercased()] = value
    }
}
