// SPDX-License-Identifier: Apache-2.0

internal import CoreMetrics
internal import FaultlineCore
internal import Synchronization

/// What was counted since it was told. An amount that is not finite, or would make the sum so, is left out.
final class FloatingPointSum: Instrument, FloatingPointCounterHandler {
    private let name: InstrumentName
    private let source: MetricSource
    private let sum = Atomic<Double>(0)

    init(_ name: InstrumentName, _ source: MetricSource, sampleCapacity: Int) {
        self.name = name
        self.source = source
    }

    func increment(by amount: Double) {
        guard MetricSource.isOn, sum.add(amount) else { return }
        source.note()
    }

    /// Nothing: the sum begins at zero after each telling, and what was counted was counted.
    func reset() {}

    func take(into batch: inout MetricSource.Batch) {
        let sum = sum.exchange(0, ordering: .acquiringAndReleasing)
        guard sum != 0 else { return }
        batch.metrics.append(FaultlineMetric(.counter, name.label, sum, attributes: name.attributes))
    }

    var isNeeded: Bool { false }
}

extension Atomic where Value == Double {
    /// - Returns: whether it was added: the sum must be finite.
    func add(_ amount: Double) -> Bool {
        guard amount.isFinite else { return false }
        var before = load(ordering: .relaxed)
        while true {
            let after = before + amount
            guard after.isFinite else { return false }
            let (isDone, now) = weakCompareExchange(
                expected: before, desired: after, ordering: .acquiringAndReleasing)
            if isDone { return true }
            before = now
        }
    }
}
