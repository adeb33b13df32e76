// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol
internal import Logging

/// A client's logs and metrics: adds what scopes and process say, asks the hook, and puts them into their buffers.
///
/// What is in a buffer when the process dies, some seconds' worth at most, is lost with it.
struct Telemetry: Sendable {
    let logs: TelemetryBuffer
    let metrics: TelemetryBuffer
    private let options: Options
    /// Whether it tells what sources of the process have added up.
    private let isProcessWide: Bool
    /// What each one says of the process; anything else goes over it.
    private let facts: [String: AttributeValue]

    init(_ options: Options, _ sender: Sender, isProcessWide: Bool = false) {
        self.options = options
        self.isProcessWide = isProcessWide
        logs = TelemetryBuffer(.logs, sender)
        metrics = TelemetryBuffer(.metrics, sender)
        var facts: [String: AttributeValue] = [
            "sentry.sdk.name": .string(SDKInfo.name), "sentry.sdk.version": .string(SDKInfo.version),
            "process.runtime.name": "Swift", "process.runtime.version": .string(SwiftVersion.text),
        ]
        facts["sentry.environment"] = options.environment.map { .string($0) }
        facts["sentry.release"] = options.release.map { .string($0) }
        facts["server.address"] = options.serverName.map { .string($0) }
        self.facts = facts
    }

    /// Hands everything to the sender now.
    func flush() {
        logs.flush()
        flushMetrics()
    }

    /// The same for metrics alone; sources are asked before.
    func flushMetrics() {
        guard isProcessWide, options.enableMetrics else { return metrics.flush() }
        // What was taken is nowhere else: a flush on another thread waits for it.
        metrics.flush {
            for batch in MetricSource.takeAll() {
                for metric in batch.metrics { capture(metric) }
                if batch.leftOut > 0 { metrics.count(.bufferOverflow, 0, quantity: batch.leftOut) }
            }
        }
    }

    func capture(
        _ level: FaultlineLog.Level, _ template: String, _ parameters: [String: AttributeValue],
        _ attributes: [String: AttributeValue]
    ) {
        guard !Client.isCapturing else { return }
        let own = FaultlineLog.attributes(template, parameters).merging(attributes) { $1 }
        let trace = EventTrace(.running)
        let log = FaultlineLog(
            timestamp: .now(), traceID: trace.traceID, spanID: trace.spanID, level: level,
            body: FaultlineLog.body(template, parameters), attributes: merged(own))
        guard let hook = options.beforeSendLog else { return logs.add(log.serialized()) }
        guard let changed = Client.$isCapturing.withValue(true, operation: { try? hook(log) }) else {
            options.logger.debug("beforeSendLog dropped a log")
            return logs.count(.beforeSend, log.serialized().count)
        }
        logs.add(changed.serialized())
    }

    func capture(
        _ kind: FaultlineMetric.Kind, _ name: String, _ value: Double, _ unit: String?,
        _ attributes: [String: AttributeValue]
    ) {
        guard !Client.isCapturing else { return }
        let trace = EventTrace(.running)
        let metric = FaultlineMetric(
            timestamp: .now(), traceID: trace.traceID, spanID: trace.spanID, name: name, kind: kind,
            value: value, unit: unit, attributes: merged(attributes))
        send(metric)
    }

    /// Of a source: no request's, though a request may be what flushes.
    private func capture(_ metric: FaultlineMetric) {
        var metric = metric
        metric.attributes = merged(metric.attributes, in: [.global], personal: false)
        send(metric)
    }

    private func send(_ metric: FaultlineMetric) {
        guard let hook = options.beforeSendMetric else { return add(metric) }
        guard let changed = Client.$isCapturing.withValue(true, operation: { try? hook(metric) }) else {
            options.logger.debug("beforeSendMetric dropped \(metric.name)")
            return metrics.count(.beforeSend, metric.serialized()?.count ?? 0)
        }
        add(changed)
    }

    private func add(_ metric: FaultlineMetric) {
        guard let item = metric.serialized() else {
            options.logger.debug(
                "the metric \(metric.name.prefix(200)) was dropped: no name, a value that is not finite, or too large")
            return metrics.count(.invalid, 0)
        }
        metrics.add(item)
    }

    /// The most specific wins: the item's own, the current scope's, the isolation scope's, the global scope's, the
    /// process's.
    private func merged(
        _ own: [String: AttributeValue], in layers: [Scope] = Scopes.bound.layers, personal: Bool = true
    ) -> [String: AttributeValue] {
        var merged = facts
        if personal, options.sendDefaultPII { addUser(to: &merged) }
        for layer in layers.map(\.attributes) + [own] where !layer.isEmpty {
            merged.merge(layer) { $1 }
        }
        let filter = KeyFilter.current
        for key in merged.keys where filter.contains(key) { merged[key] = "[Filtered]" }
        return merged
    }

    private func addUser(to attributes: inout [String: AttributeValue]) {
        let said = BlackBox.text(of: Scopes.bound.layers.map(\.handle), kinds: .user)
        guard let user = said.fields["user"]?.objectValue else { return }
        for (name, key) in [("user.id", "id"), ("user.name", "username"), ("user.email", "email")] {
            if let value = user[key]?.stringValue { attributes[name] = .string(value) }
        }
    }
}
