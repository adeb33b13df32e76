// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// One log or metric as JSON text; no tree is built.
struct TelemetryText {
    private var bytes: [UInt8] = []

    /// Begins with what all have: the time in seconds since 1970, the trace and the span.
    init(_ time: Timestamp, _ traceID: TraceID, _ spanID: SpanID?) {
        bytes.reserveCapacity(1024)
        put(#"{"timestamp":"#)
        put(String(time.seconds))
        // A million first: then there are always seven digits, of which the first is dropped.
        put(".")
        bytes.append(contentsOf: String(1_000_000 + time.nanoseconds / 1000).utf8.dropFirst())
        put(#","trace_id":""#)
        put(traceID.description)
        if let spanID {
            put(#"","span_id":""#)
            put(spanID.description)
        }
        put("\"")
    }

    mutating func put(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put(_ name: String, _ value: JSONValue) {
        put(name)
        value.write(to: &bytes)
    }

    /// The whole text, with the attributes at its end.
    consuming func ended(_ attributes: [String: AttributeValue]) -> [UInt8] {
        put(#","attributes":{"#)
        var isFirst = true
        for (key, value) in attributes {
            if !isFirst { put(",") }
            isFirst = false
            put("", .string(key))
            put(":")
            value.write(to: &bytes)
        }
        put("}}")
        return bytes
    }
}
