// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// One measurement, as ``Options/beforeSendMetric`` sees it.
/// Source: [Metrics](https://develop.sentry.dev/sdk/telemetry/metrics/).
public struct FaultlineMetric: Sendable, Hashable {
    /// What the server does with the values.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Adds them.
        case counter
        /// Keeps the newest, the least, the greatest, sum and count.
        case gauge
        /// Keeps their distribution.
        case distribution
    }

    /// When it was measured.
    public var timestamp: Timestamp
    /// The trace that it belongs to.
    public var traceID: TraceID
    /// The span that was active; nil: there was none.
    public var spanID: SpanID?
    /// Such as `orders.placed`.
    public var name: String
    /// What the server does with the values.
    public var kind: Kind
    /// What was measured. One that is not finite is not sent.
    public var value: Double
    /// Such as `millisecond` or `byte`; free text.
    public var unit: String?
    /// The metric's own, those of the scopes and of the process.
    public var attributes: [String: AttributeValue]

    /// Of one metric, in bytes: a larger one is refused by the server
    /// (https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits).
    static let sizeLimit = 2048

    /// As it stands in the item's list; nil for what no server takes.
    func serialized() -> [UInt8]? {
        guard value.isFinite, !name.isEmpty else { return nil }
        var text = TelemetryText(timestamp, traceID, spanID)
        text.put(#","name":"#, .string(name))
        text.put(#","type":""#)
        text.put(kind.rawValue)
        text.put(#"","value":"#, .number(value))
        if let unit { text.put(#","unit":"#, .string(unit)) }
        let bytes = text.ended(attributes)
        return bytes.count <= Self.sizeLimit ? bytes : nil
    }
}

extension FaultlineMetric {
    /// One that a ``MetricSource`` tells. What the global scope and the process say is added where it does not say it itself.
    /// - Parameters:
    ///   - kind: what the number is.
    ///   - name: as ``MetricSender`` has it; one without is not sent.
    ///   - value: one that is not finite is not sent.
    ///   - unit: `millisecond`, `byte` and their like; nil: none.
    ///   - attributes: its own.
    ///   - timestamp: when it was measured; of a sum, now.
    ///   - traceID: nil: it belongs to no request; then to the process's own trace.
    ///   - spanID: that was active; nil: there was none.
    public init(
        _ kind: Kind, _ name: String, _ value: Double, unit: String? = nil,
        attributes: [String: AttributeValue] = [:], timestamp: Timestamp = .now(), traceID: TraceID? = nil,
        spanID: SpanID? = nil
    ) {
        self.init(
            timestamp: timestamp, traceID: traceID ?? Scope.root.propagation.traceID, spanID: spanID, name: name,
            kind: kind, value: value, unit: unit, attributes: attributes)
    }
}
