// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
public import Tracing

/// A span of ``FaultlineTracer``, and where that one works beside another tracer, that one's span, too.
///
/// All functions may be called from any thread. What is said after the end is lost.
public struct TracerSpan: Tracing.Span {
    /// Carries the span to what is done within it.
    public let context: ServiceContext
    let notes: SpanNotes
    let other: (any Tracing.Span)?

    /// What is done: the route, the query. What kind of work it is say the attributes.
    public var operationName: String {
        get { notes.current.name }
        nonmutating set {
            other?.operationName = newValue
            notes.rename(newValue)
        }
    }

    /// In OpenTelemetry's names. Those of a person (addresses, queries of URLs) are left out of what is sent, unless
    /// ``/FaultlineCore/Options/sendDefaultPII``. Empty while ``isRecording`` is false.
    public var attributes: SpanAttributes {
        get { notes.span.isSampled ? notes.current.attributes : other?.attributes ?? notes.current.attributes }
        nonmutating set {
            other?.attributes = newValue
            notes.change { $0.attributes = newValue }
        }
    }

    /// Whether what is said of it goes anywhere.
    public var isRecording: Bool { notes.span.isSampled || other?.isRecording ?? false }

    /// How it ended. A message that is one of Sentry's statuses is that status.
    public func setStatus(_ status: Tracing.SpanStatus) {
        other?.setStatus(status)
        notes.change { $0.status = status }
    }

    /// Becomes a breadcrumb of the transaction's scope: what happened on the way tells most when it goes wrong later.
    public func addEvent(_ event: SpanEvent) {
        other?.addEvent(event)
        let crumb = Breadcrumb(
            message: event.name, category: notes.current.name,
            data: event.attributes.data(personal: FaultlineSDK.sendsPersonalData),
            timestamp: Timestamp(event.nanosecondsSinceEpoch))
        FaultlineSDK.addBreadcrumb(crumb, to: notes.span)
    }

    /// Makes it fail. The error is not captured: whoever handles it knows whether it is worth that.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        other?.recordError(error, attributes: attributes, at: instant())
        notes.change {
            $0.error = String(reflecting: type(of: error))
            $0.isCancelled = error is CancellationError
            $0.attributes.merge(attributes)
        }
    }

    /// Links it to another span, of whatever trace.
    public func addLink(_ link: SpanLink) {
        other?.addLink(link)
        let attributes = link.attributes.data(personal: FaultlineSDK.sendsPersonalData)
        switch TraceCarrier[link.context] {
        case .span(let linked):
            notes.span.addLink(traceID: linked.span.traceID, spanID: linked.span.spanID, attributes: attributes)
        case .remote(let trace):
            guard let spanID = trace.parentSpanID else { return }
            notes.span.addLink(traceID: trace.traceID, spanID: spanID, attributes: attributes)
        case nil: break
        }
    }

    /// Ends it; of a root span, sends the transaction. Idempotent.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let instant = instant()
        other?.end(at: instant)
        notes.end(at: Timestamp(instant.nanosecondsSinceEpoch))
    }
}

extension Timestamp {
    init(_ nanosecondsSinceEpoch: UInt64) {
        let (seconds, nanoseconds) = nanosecondsSinceEpoch.quotientAndRemainder(dividingBy: 1_000_000_000)
        self.init(seconds: Int64(seconds), nanoseconds: Int64(nanoseconds))
    }
}
