// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// A span that has ended.
struct SpanRecord: Sendable {
    let spanID: SpanID
    let parentSpanID: SpanID?
    let state: Span.State

    /// An element of a transaction's `spans`.
    func json(_ traceID: TraceID, _ clock: TransactionClock) -> JSONValue {
        var fields = context(traceID)
        fields["description"] = state.name.isEmpty ? nil : .string(state.name)
        fields["start_timestamp"] = .string(clock.timestamp(state.start).description)
        fields["timestamp"] = .string(clock.timestamp(state.end ?? state.start).description)
        if !state.tags.isEmpty { fields["tags"] = .object(state.tags) }
        return .object(fields)
    }

    /// Its trace context.
    func context(_ traceID: TraceID) -> Fields {
        var fields: Fields = ["trace_id": .string(traceID.description), "span_id": .string(spanID.description)]
        fields["parent_span_id"] = parentSpanID.map { .string($0.description) }
        fields["op"] = state.operation.isEmpty ? nil : .string(state.operation)
        fields["origin"] = .string(state.origin)
        fields["status"] = state.status.map { .string($0.rawValue) }
        fields["data"] = state.data.isEmpty ? nil : .object(state.data)
        fields["links"] = state.links.isEmpty ? nil : .array(state.links)
        return fields
    }
}
