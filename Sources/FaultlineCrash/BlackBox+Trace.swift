// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineCrash
package import FaultlineProtocol

extension BlackBox {
    /// The context `trace` of what happens in the scope, as ``setContext(_:_:_:)`` would set it, without a tree: each request
    /// has one.
    /// - Parameters:
    ///   - operation: of the span; empty: left out.
    ///   - origin: of the span; empty: left out.
    package static func setTrace(
        _ scope: ScopeHandle, _ traceID: TraceID, _ spanID: SpanID, parent: SpanID?, operation: String = "",
        origin: String = ""
    ) {
        guard fl_box_open() else { return }
        var buffer = fl_thread_buffer()
        put("\"trace\"", &buffer)
        let keyLength = buffer.at - buffer.start
        put(":{\"trace_id\":\"", &buffer)
        put(digits: 32, &buffer) { traceID.write(to: $0) }
        put("\",\"span_id\":\"", &buffer)
        put(digits: 16, &buffer) { spanID.write(to: $0) }
        if let parent {
            put("\",\"parent_span_id\":\"", &buffer)
            put(digits: 16, &buffer) { parent.write(to: $0) }
        }
        put("\"", &buffer)
        if !operation.isEmpty { putMember(",\"op\":", operation, &buffer) }
        if !origin.isEmpty { putMember(",\"origin\":", origin, &buffer) }
        put("}", &buffer)
        append(scope, FL_RECORD_CONTEXT, buffer, keyLength: keyLength, isMarked: false)
    }

    /// The transaction that runs in the scope, for recovery to tell of, should the process crash. nil removes.
    package static func setUnfinished(_ scope: ScopeHandle, _ transaction: Fields?) {
        setSingle(scope, FL_RECORD_UNFINISHED, transaction.map { .object($0) })
    }

    private static func put(
        digits count: Int, _ buffer: inout fl_as_buffer, _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        guard !buffer.full, let at = buffer.at, let end = buffer.end, end - at >= count else {
            buffer.full = true
            return
        }
        write(UnsafeMutableRawBufferPointer(start: at, count: count))
        buffer.at = at + count
    }
}
