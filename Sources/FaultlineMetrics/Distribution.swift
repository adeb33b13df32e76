// SPDX-License-Identifier: Apache-2.0

internal import CoreMetrics
internal import FaultlineCore
internal import FaultlineFiles
internal import Synchronization

/// Values, of which as many are kept as there is room for, each with the same chance. What is not finite is left out.
final class Distribution: Instrument, RecorderHandler, TimerHandler {
    private struct Value: Sendable {
        let number: Double
        let time: Timestamp
        let traceID: TraceID
        let spanID: SpanID?
    }

    /// Algorithm R of Vitter, [Random Sampling with a Reservoir](https://doi.org/10.1145/3147.3165).
    private struct Reservoir {
        var values: [Value] = []
        var seen: UInt64 = 0
        /// SplitMix64 (https://prng.di.unimi.it/splitmix64.c): the system's random numbers cost more than all else here.
        var random: UInt64

        mutating func add(_ value: Value, capacity: Int) {
            seen &+= 1
            if values.count < capacity { return values.append(value) }
            let place = nextRandom().multipliedFullWidth(by: seen).high
            if place < UInt64(capacity) { values[Int(place)] = value }
        }

        private mutating func nextRandom() -> UInt64 {
            random &+= 0x9e37_79b9_7f4a_7c15
            var mixed = random
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    private let name: InstrumentName
    private let source: MetricSource
    private let capacity: Int
    private let reservoir: Lock<Reservoir>
    /// Of a timer, in nanoseconds; 0: it is none.
    private let unit = Atomic<UInt64>(0)

    init(_ name: InstrumentName, _ source: MetricSource, sampleCapacity: Int) {
        self.name = name
        self.source = source
        capacity = sampleCapacity
        let seed = UInt64.random(in: 0...(.max))
        reservoir = Lock(Reservoir(random: seed))
    }

    func record(_ value: Int64) { add(Double(value)) }

    func record(_ value: Double) { add(value) }

    func recordNanoseconds(_ duration: Int64) {
        if unit.load(ordering: .relaxed) == 0 { unit.store(1, ordering: .relaxed) }
        add(Double(duration))
    }

    func preferDisplayUnit(_ unit: TimeUnit) {
        self.unit.store(unit.scaleFromNanoseconds, ordering: .relaxed)
    }

    private func add(_ number: Double) {
        guard MetricSource.isOn, number.isFinite else { return }
        let span = FaultlineSDK.getCurrentSpan()
        let value = Value(
            number: number, time: .now(), traceID: span?.traceID ?? FaultlineSDK.runningTrace.traceID,
            spanID: span?.spanID)
        reservoir.withLock { $0.add(value, capacity: capacity) }
        source.note()
    }

    func take(into batch: inout MetricSource.Batch) {
        let (values, seen) = reservoir.withLock { reservoir in
            defer {
                reservoir.values = []
                reservoir.seen = 0
            }
            return (reservoir.values, reservoir.seen)
        }
        guard !values.isEmpty else { return }
        batch.leftOut += Int(clamping: seen) - values.count
        let scale = unit.load(ordering: .relaxed), attributes = name.attributes
        for value in values {
            batch.metrics.append(
                FaultlineMetric(
                    .distribution, name.label, scale > 1 ? value.number / Double(scale) : value.number,
                    unit: Self.units[scale], attributes: attributes, timestamp: value.time, traceID: value.traceID,
                    spanID: value.spanID))
        }
    }

    var isNeeded: Bool { false }

    /// The names of [Sentry](https://develop.sentry.dev/sdk/telemetry/metrics/#units).
    private static let units: [UInt64: String] = [
        TimeUnit.nanoseconds.scaleFromNanoseconds: "nanosecond",
        TimeUnit.microseconds.scaleFromNanoseconds: "microsecond",
        TimeUnit.milliseconds.scaleFromNanoseconds: "millisecond", TimeUnit.seconds.scaleFromNanoseconds: "second",
        TimeUnit.minutes.scaleFromNanoseconds: "minute", TimeUnit.hours.scaleFromNanoseconds: "hour",
        TimeUnit.days.scaleFromNanoseconds: "day",
    ]
}
