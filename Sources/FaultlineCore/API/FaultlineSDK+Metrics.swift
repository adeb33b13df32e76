// SPDX-License-Identifier: Apache-2.0

extension FaultlineSDK {
    /// Sends measurements, unless ``Options/enableMetrics`` is off.
    public static var metrics: MetricSender { MetricSender(client: nil) }
}

extension Client {
    /// Sends measurements, unless ``Options/enableMetrics`` is off.
    public var metrics: MetricSender { MetricSender(client: self) }
}
