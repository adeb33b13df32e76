// SPDX-License-Identifier: Apache-2.0

internal import CoreMetrics
internal import FaultlineCore
internal import Synchronization

/// How much there is of something: the newest value, told where it was set since the last time. What is not finite is left
/// out.
final class LastValue: Instrument, MeterHandler, RecorderHandler {
    private let name: InstrumentName
    private let source: MetricSource
    private let value = Atomic<Double>(0)
    private let isSet = Atomic(false)
    private let isOver = Atomic(false)

    init(_ name: InstrumentName, _ source: MetricSource, sampleCapacity: Int) {
        self.name = name
        self.source = source
    }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) {
        guard value.isFinite else { return }
        self.value.store(value, ordering: .releasing)
        changed()
    }

    func record(_ value: Int64) { set(Double(value)) }

    func record(_ value: Double) { set(value) }

    func increment(by amount: Double) { if value.add(amount) { changed() } }

    func decrement(by amount: Double) { if value.add(-amount) { changed() } }

    /// The value is kept also while nothing is told: what is incremented then may be decremented later.
    private func changed() {
        // One who holds it, too, had said that it was over.
        if isOver.load(ordering: .relaxed) { isOver.store(false, ordering: .relaxed) }
        guard MetricSource.isOn else { return }
        _ = isSet.exchange(true, ordering: .acquiringAndReleasing)
        source.note()
    }

    func take(into batch: inout MetricSource.Batch) {
        guard isSet.exchange(false, ordering: .acquiringAndReleasing) else { return }
        let value = value.load(ordering: .acquiring)
        batch.metrics.append(FaultlineMetric(.gauge, name.label, value, attributes: name.attributes))
    }

    /// Its owner says that nobody will add to the value.
    func end() { isOver.store(true, ordering: .relaxed) }

    /// Code that makes a meter for each request adds to what others have left.
    var isNeeded: Bool { value.load(ordering: .relaxed) != 0 && !isOver.load(ordering: .relaxed) }
}
