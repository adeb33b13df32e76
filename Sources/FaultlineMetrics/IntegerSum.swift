// SPDX-License-Identifier: Apache-2.0

internal import CoreMetrics
internal import FaultlineCore
internal import Synchronization

/// What was counted since it was told. Saturates.
final class IntegerSum: Instrument, CounterHandler {
    private let name: InstrumentName
    private let source: MetricSource
    private let sum = Atomic<Int64>(0)

    init(_ name: InstrumentName, _ source: MetricSource, sampleCapacity: Int) {
        self.name = name
        self.source = source
    }

    func increment(by amount: Int64) {
        guard MetricSource.isOn else { return }
        let before = sum.wrappingAdd(amount, ordering: .acquiringAndReleasing).oldValue
        if before.addingReportingOverflow(amount).overflow {
            sum.store(amount < 0 ? .min : .max, ordering: .releasing)
        }
        source.note()
    }

    /// Nothing: the sum begins at zero after each telling, and what was counted was counted.
    func reset() {}

    func take(into batch: inout MetricSource.Batch) {
        let sum = sum.exchange(0, ordering: .acquiringAndReleasing)
        guard sum != 0 else { return }
        batch.metrics.append(FaultlineMetric(.counter, name.label, Double(sum), attributes: name.attributes))
    }

    var isNeeded: Bool { false }
}
