// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore
internal import FaultlineFiles

/// Something that measures: a handler of swift-metrics.
protocol Instrument: AnyObject, Sendable {
    /// - Parameter sampleCapacity: how many values it keeps, where it keeps any.
    init(_ name: InstrumentName, _ source: MetricSource, sampleCapacity: Int)
    /// Adds what there is, and forgets it.
    func take(into batch: inout MetricSource.Batch)
    /// Whether it knows something that must outlive those who hold it.
    var isNeeded: Bool { get }
}

/// What a metric is called.
struct InstrumentName: Sendable, Hashable {
    let label: String
    /// Of two of one name the last one counts.
    let dimensions: [String: String]

    init(_ label: String, _ dimensions: [(String, String)]) {
        self.label = label
        self.dimensions = Dictionary(dimensions) { $1 }
    }

    var attributes: [String: AttributeValue] { dimensions.mapValues { .string($0) } }
}

/// All instruments of a factory, one for each name: code that makes a counter for each request adds to the same one.
///
/// An instrument holds the source, the source the tables, and those hold the instrument only as long as there is something to
/// tell or somebody holds it.
final class Instruments: Sendable {
    private let tables: Tables
    private let source: MetricSource
    private let capacity: Int
    private let sampleCapacity: Int

    init(capacity: Int, sampleCapacity: Int) {
        let tables = Tables()
        self.tables = tables
        self.capacity = capacity
        self.sampleCapacity = sampleCapacity
        source = MetricSource { tables.take() }
    }

    /// The instrument of that name; a new one that is in no table where there is no room: what it measures is lost.
    func find<Kind: Instrument>(
        _ table: WritableKeyPath<ByKind, InstrumentTable<Kind>>, _ label: String,
        _ dimensions: [(String, String)]
    ) -> Kind {
        let name = InstrumentName(label, dimensions)
        return tables.lock.withLock { all in
            if let known = all[keyPath: table].instruments[name] { return known }
            let instrument = Kind(name, source, sampleCapacity: sampleCapacity)
            if all.count < capacity {
                all[keyPath: table].instruments[name] = instrument
            } else {
                all.turnedAway += 1
            }
            return instrument
        }
    }

    struct ByKind: Sendable {
        var counters = InstrumentTable<IntegerSum>()
        var floatingPointCounters = InstrumentTable<FloatingPointSum>()
        var gauges = InstrumentTable<LastValue>()
        var recorders = InstrumentTable<Distribution>()
        var timers = InstrumentTable<Distribution>()
        /// Since the last time.
        var turnedAway = 0

        var count: Int {
            counters.instruments.count + floatingPointCounters.instruments.count + gauges.instruments.count
                + recorders.instruments.count + timers.instruments.count
        }
    }

    private final class Tables: Sendable {
        let lock = Lock(ByKind())

        func take() -> MetricSource.Batch {
            lock.withLock { all in
                var batch = MetricSource.Batch()
                batch.leftOut = all.turnedAway
                all.turnedAway = 0
                all.counters.take(into: &batch)
                all.floatingPointCounters.take(into: &batch)
                all.gauges.take(into: &batch)
                all.recorders.take(into: &batch)
                all.timers.take(into: &batch)
                return batch
            }
        }
    }
}

/// The instruments of one kind.
struct InstrumentTable<Kind: Instrument>: Sendable {
    var instruments: [InstrumentName: Kind] = [:]

    /// Adds what there is; whom nobody else holds is forgotten: under the lock no one can come to hold it meanwhile.
    mutating func take(into batch: inout MetricSource.Batch) {
        var idle: [InstrumentName] = []
        var index = instruments.startIndex
        // By hand: a loop over the dictionary would hold what it looks at.
        while index != instruments.endIndex {
            let isAlone = isKnownUniquelyReferenced(&instruments.values[index])
            let instrument = instruments.values[index]
            instrument.take(into: &batch)
            if isAlone, !instrument.isNeeded { idle.append(instruments.keys[index]) }
            instruments.formIndex(after: &index)
        }
        for name in idle { instruments[name] = nil }
    }
}
