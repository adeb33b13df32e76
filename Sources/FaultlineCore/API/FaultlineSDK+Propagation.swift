// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// A trace that goes from service to service.
/// Source: [Trace propagation](https://develop.sentry.dev/sdk/foundations/trace-propagation/).
extension FaultlineSDK {
    /// Continues the trace of a request in the isolation scope; where there is none, or one of another organisation, a new
    /// trace begins. ``withRequest(method:route:url:headers:origin:_:)`` does it by itself.
    /// - Parameter headers: of the request, names in any case: `sentry-trace` and `baggage`, else `traceparent`.
    public static func continueTrace(headers: [(name: String, value: String)]) {
        let client = client
        isolationScope.continueTrace(PropagationContext(headers: headers, client) ?? PropagationContext())
    }

    /// Continues the trace of a message or a job in the isolation scope, which should be its own
    /// (`withIsolationScope`): else all that follows in the process is of that trace; see ``continueTrace(headers:)``.
    /// - Parameters:
    ///   - sentryTrace: as ``sentryTrace`` gave it where the message was sent.
    ///   - baggage: as ``baggage`` gave it there; nil: there was none.
    public static func continueTrace(sentryTrace: String, baggage: String?) {
        continueTrace(headers: [("sentry-trace", sentryTrace)] + (baggage.map { [("baggage", $0)] } ?? []))
    }

    /// Headers that carry the trace on, for one outgoing request: they are to be set in place of those of the same name.
    /// None where ``Options/tracePropagationTargets`` does not name the URL, for the requests to the DSN's host, and while
    /// the SDK does not run.
    /// - Parameters:
    ///   - url: of the request.
    ///   - existing: the request's `baggage` header; other members of it stay. nil: there is none.
    public static func propagationHeaders(
        for url: String, baggage existing: String? = nil
    ) -> [(name: String, value: String)] {
        client?.propagationHeaders(for: url, baggage: existing, EventTrace(.running)) ?? []
    }

    /// Which trace runs, and which span of it; outside of spans, the one that outgoing headers name. Always there, before the
    /// start, too.
    public static var runningTrace: (traceID: TraceID, spanID: SpanID) {
        let trace = EventTrace(.running)
        return (trace.traceID, trace.sentSpanID)
    }

    /// The trace for a message to another service, as the header `sentry-trace` has it.
    public static var sentryTrace: String { EventTrace(.running).sentryTrace }

    /// What goes with ``sentryTrace``, as the header `baggage` has it; nil while the SDK does not run.
    public static var baggage: String? {
        client.map { Baggage.header(EventTrace(.running).samplingContext($0.facts)) }
    }
}

extension PropagationContext {
    /// What a request's headers say, and the client may go on with; nil: nothing.
    init?(headers: [(name: String, value: String)], _ client: Client?) {
        self.init(client) { name in
            let values = headers.lazy.filter { $0.name.isHeader(name) }.map(\.value)
            return values.isEmpty ? nil : values.joined(separator: ",")
        }
    }

    /// - Parameter header: a header's value, by its name in lower case.
    init?(_ client: Client?, header: (String) -> String?) {
        guard let context = Self(header),
            client.map({ context.isContinued(by: $0.facts.orgID, strict: $0.options.strictTraceContinuation) }) ?? true
        else { return nil }
        self = context
    }
}

extension Client {
    func propagationHeaders(
        for url: String, baggage existing: String?, _ trace: EventTrace
    ) -> [(name: String, value: String)] {
        guard isPropagated(to: url) else { return [] }
        var headers = [(name: "sentry-trace", value: trace.sentryTrace)]
        let baggage = Baggage.merged(existing, with: Baggage.header(trace.samplingContext(facts)))
        if !baggage.isEmpty { headers.append(("baggage", baggage)) }
        if options.propagateTraceparent { headers.append(("traceparent", trace.traceparent)) }
        return headers
    }

    /// Whether requests to the URL carry the trace on.
    func isPropagated(to url: String) -> Bool {
        if let dsn, url.contains(dsn.authority) { return false }
        return options.tracePropagationTargets?.contains { $0.matches(url) } ?? true
    }
}

extension String {
    /// - Parameter name: in lower case. Every request's headers are looked through: nothing is allocated.
    fileprivate func isHeader(_ name: String) -> Bool {
        utf8.count == name.utf8.count
            && zip(utf8, name.utf8).allSatisfy { ((0x41...0x5a).contains($0) ? $0 | 0x20 : $0) == $1 }
    }
}
