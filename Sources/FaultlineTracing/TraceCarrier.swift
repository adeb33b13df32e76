// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
internal import Tracing

/// What a `ServiceContext` carries of ours.
enum TraceCarrier: Sendable {
    /// A span of this process.
    case span(SpanNotes)
    /// What a request's headers said, before a span was begun.
    case remote(PropagationContext)

    private enum Key: ServiceContextKey {
        typealias Value = TraceCarrier
        static let nameOverride: String? = "faultline"
    }

    static subscript(context: ServiceContext) -> TraceCarrier? {
        context[Key.self]
    }

    func put(into context: inout ServiceContext) {
        context[Key.self] = self
    }

    /// Of the running task.
    static var notes: SpanNotes? {
        guard let context = ServiceContext.current, case .span(let notes) = Self[context] else { return nil }
        return notes
    }

    /// What the SDK's own functions take the running span from: this library's context is the only thing that it binds.
    static let isRead: Void = CarriedSpan.beRead { notes?.span }
}

/// What a span begins in.
enum Parent {
    case span(FaultlineCore.Span)
    case remote(PropagationContext)
    /// What runs, as the SDK knows it.
    case none

    init(_ context: ServiceContext) {
        let running = TraceCarrier.notes
        switch TraceCarrier[context] {
        case .span(let notes) where notes.span.isOrphan:
            let inside = notes === running ? FaultlineSDK.getCurrentSpan() : nil
            self = inside.map { .span($0) } ?? notes.remote.map { .remote($0) } ?? .none
        case .span(let notes) where notes !== running:
            self = .span(notes.span)
        case .remote(let trace):
            // A middleware of ours has begun the request's transaction already.
            if let span = FaultlineSDK.getCurrentSpan(), span.traceID == trace.traceID {
                self = .span(span)
            } else {
                self = .remote(trace)
            }
        case nil where running != nil:
            // Whoever asks for the top level where a span runs wants no parent.
            self = .none
        case .span, nil:
            self = FaultlineSDK.getCurrentSpan().map { .span($0) } ?? .none
        }
    }

    var remote: PropagationContext? {
        if case .remote(let trace) = self { trace } else { nil }
    }
}
