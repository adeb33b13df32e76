// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// Which trace the work of a scope belongs to: one that came in with the request, or a new one.
///
/// Source: [Traces without performance](https://develop.sentry.dev/sdk/telemetry/traces/tracing-without-performance/).
struct PropagationContext: Sendable, Hashable {
    /// The context's name in an event.
    static let key = "trace"

    let traceID: TraceID
    let spanID: SpanID
    let parentSpanID: SpanID?
    /// Whether the caller samples the trace; nil: it has not decided.
    let parentSampled: Bool?
    /// What the trace's first service says of it; nil when it said nothing. Never changed here.
    let incoming: Fields?

    /// A new trace.
    init() {
        traceID = TraceID()
        spanID = SpanID()
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
        incoming = members.isEmpty ? nil : members
    }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return start[...end]
    }

    /// `contexts.trace` of an event.
    var context: Fields {
        var fields: Fields = ["trace_id": .string(traceID.description), "span_id": .string(spanID.description)]
        if let parentSpanID { fields["parent_span_id"] = .string(parentSpanID.description) }
        return fields
    }
}
