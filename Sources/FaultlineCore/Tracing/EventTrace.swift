// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The trace that something captured belongs to: of the span that runs, else of the isolation scope.
struct EventTrace: Sendable {
    private let propagation: PropagationContext
    /// Not an orphan, for no such one is ever made the current one.
    let span: Span?
    private let transaction: Transaction?

    init(_ scopes: Scopes) {
        span = scopes.span
        transaction = span?.transaction
        propagation = scopes.isolation.propagation
    }

    /// One that goes through this service, and is recorded by others.
    init(_ propagation: PropagationContext) {
        span = nil
        transaction = nil
        self.propagation = propagation
    }

    /// Of the transaction itself, whose event tells its context.
    init(_ transaction: Transaction, _ scopes: Scopes) {
        span = nil
        self.transaction = transaction
        propagation = scopes.isolation.propagation
    }

    var traceID: TraceID { span?.traceID ?? propagation.traceID }

    /// Of the span that runs.
    var spanID: SpanID? { span?.spanID }

    /// What outgoing headers name.
    var sentSpanID: SpanID { spanID ?? propagation.spanID }

    /// `contexts.trace` of an event.
    var context: Fields {
        guard let span else { return propagation.context }
        let state = span.current
        var fields = SpanRecord(spanID: span.spanID, parentSpanID: span.parentSpanID, state: state).context(
            span.traceID)
        if state.origin.isEmpty { fields["origin"] = nil }
        // The transaction tells them, and they may be large.
        fields["data"] = nil
        fields["links"] = nil
        return fields
    }

    /// An envelope's `trace`, and the `sentry-` members of outgoing baggage: what the first service of the trace said, else
    /// what this one knows.
    func samplingContext(_ facts: ClientFacts) -> Fields {
        if let transaction { return transaction.samplingContext }
        if let head = propagation.head { return head }
        return facts.samplingContext(of: .string(propagation.traceID.description))
    }

    /// `sentry-trace` of an outgoing request. A trace that began here while tracing is off is left to the next service.
    var sentryTrace: String {
        PropagationContext.sentryTrace(traceID, sentSpanID, sampled: isSampled)
    }

    /// The same in the form of W3C.
    var traceparent: String {
        PropagationContext.traceparent(traceID, sentSpanID, sampled: isSampled)
    }

    private var isSampled: Bool? { span.map(\.isSampled) ?? propagation.parentSampled }
}
