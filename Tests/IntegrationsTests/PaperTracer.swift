// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Tracing

/// A tracer as OpenTelemetry has them: W3C's headers, ids counted from 1. Its spans go nowhere.
final class PaperTracer: Tracer {
    private enum Key: ServiceContextKey {
        typealias Value = String
    }
    struct Span: Tracing.Span {
        let context: ServiceContext
        var operationName: String {
            get { "" }
            nonmutating set {}
        }
        var attributes: SpanAttributes {
            get { [:] }
            nonmutating set {}
        }
        var isRecording: Bool { true }
        func setStatus(_ status: SpanStatus) {}
        func addEvent(_ event: SpanEvent) {}
        func addLink(_ link: SpanLink) {}
        func recordError<Instant: TracerInstant>(
            _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
        ) {}
        func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {}
    }

    private let count = Atomic(0)

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> Span {
        var context = context()
        let number = String(count.add(1, ordering: .relaxed).newValue, radix: 16)
        let id = String(repeating: "0", count: 16 - number.count) + number
        let trace = context[Key.self]?.split(separator: "-")[1] ?? "1234567890abcdef1234567890abcdef"
        context[Key.self] = "00-\(trace)-\(id)-01"
        return Span(context: context)
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        context[Key.self] = extractor.extract(key: "traceparent", from: carrier)
    }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let parent = context[Key.self] else { return }
        injector.inject(parent, forKey: "traceparent", into: &carrier)
        injector.inject("paper=1", forKey: "baggage", into: &carrier)
    }

    func forceFlush() {}
}
