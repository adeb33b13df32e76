// SPDX-License-Identifier: Apache-2.0

/// Sends measurements, each with its attributes and the trace that it belongs to.
///
/// Returns at once: metrics are sent in the background, many together. One of more than 2 KiB, without a name, or whose
/// value is not finite, is left out.
///
/// ```swift
/// FaultlineSDK.metrics.count("orders.placed", attributes: ["zone": "eu"])
/// FaultlineSDK.metrics.distribution("api.time", 12.5, unit: "millisecond")
/// ```
/// Source: [Metrics](https://develop.sentry.dev/sdk/telemetry/metrics/).
public struct MetricSender: Sendable {
    /// nil: of the process, whoever that is at the time.
    let client: Client?

    /// Counts something: the server adds the values.
    public func count(
        _ name: String, _ value: Double = 1, unit: String? = nil,
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        send(.counter, name, value, unit, attributes)
    }

    /// Says how much there is of something now.
    public func gauge(
        _ name: String, _ value: Double, unit: String? = nil,
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        send(.gauge, name, value, unit, attributes)
    }

    /// Adds a value to those whose distribution is wanted: durations, sizes.
    public func distribution(
        _ name: String, _ value: Double, unit: String? = nil,
        attributes: @autoclosure () -> [String: AttributeValue] = [:]
    ) {
        send(.distribution, name, value, unit, attributes)
    }

    private func send(
        _ kind: FaultlineMetric.Kind, _ name: String, _ value: Double, _ unit: String?,
        _ attributes: () -> [String: AttributeValue]
    ) {
        guard let client = client ?? FaultlineSDK.client, !client.isOfParent, client.options.enableMetrics else {
            return
        }
        client.telemetry.capture(kind, name, value, unit, attributes())
    }
}
