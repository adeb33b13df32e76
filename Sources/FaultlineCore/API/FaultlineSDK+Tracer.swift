// SPDX-License-Identifier: Apache-2.0

package import FaultlineProtocol

/// What a tracer of another library needs: it says itself in which trace its spans are, and when they began.
extension FaultlineSDK {
    /// The trace that headers name, if this service may go on with it.
    /// - Parameter header: a header's value, by its name in lower case.
    package static func continuation(header: (String) -> String?) -> PropagationContext? {
        PropagationContext(client, header: header)
    }

    /// Begins a root span; an orphan while tracing is off, or the SDK does not run.
    /// - Parameter trace: the trace; nil: the running request's, or a new one.
    package static func startTransaction(
        name: String, operation: String, source: TransactionSource, origin: String, trace: PropagationContext?,
        given: SpanStart
    ) -> Span {
        let scopes = Scopes.running
        guard let client else { return orphan(scopes) }
        return client.startTransaction(
            Transaction.Label(name: name, source: source), operation: operation, origin: origin, sampled: nil,
            custom: [:], in: scopes.isolation, scopes.current, trace: trace, given: given)
    }

    /// A span that is never sent.
    package static func startOrphan() -> Span { orphan(Scopes.bound) }

    /// Headers that carry the trace on; none where the SDK does not run, or the request is not to have them.
    /// - Parameters:
    ///   - span: the one that sends the request; nil or an orphan: what runs.
    ///   - trace: where the span is none of a transaction: the one that came in, with which nothing was begun here.
    ///   - target: what is known of the request's URL, for ``Options/tracePropagationTargets``.
    ///   - existing: the request's `baggage`.
    package static func propagationHeaders(
        of span: Span?, in trace: PropagationContext?, to target: String, baggage existing: String?
    ) -> [(name: String, value: String)] {
        guard let client else { return [] }
        let running = Scopes.running
        let trace =
            if let span, span.transaction != nil { EventTrace(running.with(span)) } else {
                trace.map { EventTrace($0) } ?? EventTrace(running)
            }
        return client.propagationHeaders(for: target, baggage: existing, trace)
    }

    /// Adds it to the scope of the transaction, wherever it is told from; nothing happens where there is none.
    package static func addBreadcrumb(_ breadcrumb: Breadcrumb, to span: Span) {
        guard let scopes = span.transaction?.scopes else { return }
        Scopes.$bound.withValue(scopes) { addBreadcrumb(breadcrumb) }
    }

    /// ``Options/sendDefaultPII`` of the running client.
    package static var sendsPersonalData: Bool { client?.options.sendDefaultPII ?? false }
}
