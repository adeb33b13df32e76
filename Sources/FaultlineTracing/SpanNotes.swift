// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
internal import FaultlineFiles
internal import Tracing

/// What is said of a span under way, in the words of swift-distributed-tracing. It is translated at the end, for what kind of
/// work it is tell attributes that come late.
final class SpanNotes: Sendable {
    let span: FaultlineCore.Span
    let kind: SpanKind
    /// The trace that came in, where nothing was begun in it: it is handed on all the same.
    let remote: PropagationContext?

    struct State {
        var name: String
        var attributes: SpanAttributes = [:]
        var status: Tracing.SpanStatus?
        var error: String?
        var isCancelled = false
        var isOver = false
    }
    private let state: Lock<State>

    init(_ span: FaultlineCore.Span, _ kind: SpanKind, in remote: PropagationContext?, name: String) {
        self.span = span
        self.remote = span.isOrphan ? remote : nil
        self.kind = kind
        state = Lock(State(name: name))
    }

    var current: State { state.withLock { $0 } }

    func change(_ body: (inout State) -> Void) {
        // What is not recorded may be a request that carries the trace on: then its URL must be known.
        guard span.isSampled || kind == .client || kind == .producer else { return }
        state.withLock { if !$0.isOver { body(&$0) } }
    }

    func rename(_ name: String) {
        let before = state.withLock { state -> String? in
            guard !state.isOver else { return nil }
            defer { state.name = name }
            return state.name
        }
        // A root span's is told in a crash, and to other services. What the service called it itself stays.
        if let before, span.name == before { span.setName(name) }
    }

    /// Translates and ends it; idempotent.
    func end(at moment: Timestamp) {
        let ended = state.withLock { state -> State? in
            guard !state.isOver else { return nil }
            state.isOver = true
            return state
        }
        guard let ended else { return }
        if span.isSampled { SpanConventions(kind, ended).tell(span) }
        span.finish(at: moment)
    }

    /// What is known of the URL that it sends a request to.
    var target: String {
        let state = current
        return SpanConventions(kind, state).url ?? state.name
    }
}
