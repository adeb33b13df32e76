// SPDX-License-Identifier: Apache-2.0

package import FaultlineProtocol

/// Which trace the work of a scope belongs to: one that came in with the request, or a new one.
///
/// Source: [Traces without performance](https://develop.sentry.dev/sdk/telemetry/traces/tracing-without-performance/).
package struct PropagationContext: Sendable, Hashable {
    /// The context's name in an event.
    static let key = "trace"

    package let traceID: TraceID
    let spanID: SpanID
    package let parentSpanID: SpanID?
    /// Whether the caller samples the trace; nil: it has not decided.
    let parentSampled: Bool?
    /// What the trace's first service says of it (its dynamic sampling context); nil when it said nothing. Nothing of it is
    /// changed, but a number that is missing there is filled in.
    let incoming: Fields?

    /// One that another tracer goes on with.
    /// - Parameter parentSpanID: the caller's; nil: the trace began here.
    package init(traceID: TraceID, parentSpanID: SpanID?) {
        self.traceID = traceID
        spanID = SpanID()
        self.parentSpanID = parentSpanID
        parentSampled = nil
        incoming = nil
    }

    /// A new trace.
    init() {
        traceID = TraceID()
        // In a new trace it differs from all others, whatever they are made of.
        spanID = SpanID(seed: traceID.low, number: 0)
        parentSpanID = nil
        parentSampled = nil
        incoming = nil
    }

    /// The trace of a `sentry-trace` header, `<trace id>-<span id>[-<0 or 1>]`; nil when the header is not one.
    ///
    /// Where proxies joined several into one with commas, the first that is not empty counts.
    init?(sentryTrace: String, baggage: String?) {
        let first = sentryTrace.split(separator: ",").lazy.map(Self.trimmed).first { !$0.isEmpty }
        let parts = (first ?? "").split(separator: "-", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), Self.isHex(parts[0], 32), Self.isHex(parts[1], 16),
            let traceID = TraceID(parts[0]), let spanID = SpanID(parts[1])
        else { return nil }
        switch parts.count == 3 ? parts[2] : nil {
        case nil, "": parentSampled = nil
        case "1": parentSampled = true
        case "0": parentSampled = false
        default: return nil
        }
        self.traceID = traceID
        self.spanID = SpanID()
        parentSpanID = spanID
        let members = Baggage.sentryMembers(of: baggage ?? "")
        incoming = members.isEmpty ? nil : Self.withRand(members, traceID, sampled: parentSampled)
    }

    /// The trace of a W3C `traceparent` header, `00-<trace id>-<span id>-<flags>`; nil when the header is not one. Whether
    /// that one is recorded is another system's matter, so nothing is decided.
    /// Source: [Trace Context](https://www.w3.org/TR/trace-context/#traceparent-header).
    package init?(traceparent: String) {
        let parts = Self.trimmed(Substring(traceparent)).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, Self.isHex(parts[0], 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isHex(parts[1], 32), Self.isHex(parts[2], 16), Self.isHex(parts[3], 2),
            let traceID = TraceID(parts[1]), let parent = SpanID(parts[2])
        else { return nil }
        self.init(traceID: traceID, parentSpanID: parent)
    }

    /// What a request's headers say; nil: nothing.
    /// - Parameter header: a header's value, by its name in lower case.
    init?(_ header: (String) -> String?) {
        if let trace = header("sentry-trace"), let context = Self(sentryTrace: trace, baggage: header("baggage")) {
            self = context
        } else if let parent = header("traceparent"), let context = Self(traceparent: parent) {
            self = context
        } else {
            return nil
        }
    }

    /// Older services tell no number; each one behind them must choose the same.
    private static func withRand(_ members: Fields, _ traceID: TraceID, sampled: Bool?) -> Fields {
        if let text = members["sample_rand"]?.stringValue, SampleRand(text) != nil { return members }
        let rate = (members["sample_rate"]?.stringValue).flatMap { Double($0) }
        var members = members
        members["sample_rand"] = SampleRand.agreeing(traceID, sampled: sampled, rate: rate).map { .string($0.text) }
        return members
    }

    /// What the first service says, where it is enough for a server: without a public key it is not.
    var head: Fields? {
        incoming.flatMap { $0["trace_id"] != nil && $0["public_key"] != nil ? $0 : nil }
    }

    /// The number that the trace is sampled by; nil: none agrees with what was decided before.
    var rand: SampleRand? {
        guard let incoming else { return SampleRand(traceID) }
        return (incoming["sample_rand"]?.stringValue).flatMap { SampleRand($0) }
    }

    /// Whether a service of the organisation `own` takes part in the trace.
    /// - Parameter strict: also where only one of the two organisations is known, it does not.
    /// Source: [strictTraceContinuation](https://develop.sentry.dev/sdk/foundations/trace-propagation/#strict-trace-continuation).
    func isContinued(by own: String?, strict: Bool) -> Bool {
        let theirs = incoming?["org_id"]?.stringValue
        if let own, let theirs { return own == theirs }
        return !strict || (own == nil && theirs == nil)
    }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return start[...end]
    }

    /// A `sentry-trace` header.
    static func sentryTrace(_ traceID: TraceID, _ spanID: SpanID, sampled: Bool?) -> String {
        "\(traceID)-\(spanID)" + (sampled.map { $0 ? "-1" : "-0" } ?? "")
    }

    /// A W3C `traceparent` header; what is not decided counts as not recorded.
    static func traceparent(_ traceID: TraceID, _ spanID: SpanID, sampled: Bool?) -> String {
        "00-\(traceID)-\(spanID)-0\(sampled == true ? 1 : 0)"
    }

    /// `contexts.trace` of an event.
    var context: Fields {
        var fields: Fields = ["trace_id": .string(traceID.description), "span_id": .string(spanID.description)]
        if let parentSpanID { fields["parent_span_id"] = .string(parentSpanID.description) }
        return fields
    }
}
