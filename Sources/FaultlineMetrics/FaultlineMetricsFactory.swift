// SPDX-License-Identifier: Apache-2.0

public import CoreMetrics
internal import FaultlineCore

/// What a service measures with swift-metrics, told to Sentry.
///
/// ```swift
/// MetricsSystem.bootstrap(FaultlineMetricsFactory())
/// ```
/// Beside another one: `MultiplexMetricsHandler(factories: [prometheus, FaultlineMetricsFactory()])`. Labels are the metrics'
/// names, dimensions their attributes.
///
/// | swift-metrics | Sentry, every five to six seconds and at a flush |
/// |---|---|
/// | `Counter`, `FloatingPointCounter` | one counter: what was added since the last one |
/// | `Meter`, `Gauge` (`Recorder` that does not aggregate) | one gauge: the newest value, where one was set |
/// | `Recorder` | distributions: the values, each with the trace it was recorded in |
/// | `Timer` | the same in nanoseconds, or the unit it prefers |
///
/// Where the SDK does not run, or ``/FaultlineCore/Options/enableMetrics`` is off, nothing is kept, and a measurement costs a
/// call. An increment is one atomic addition, else; nothing waits for the network. What is not finite is left out.
///
/// May be made before the SDK starts. Safe from any thread; nothing traps.
public struct FaultlineMetricsFactory: MetricsFactory {
    private let instruments: Instruments

    /// - Parameters:
    ///   - maxInstruments: how many differ in label, dimensions or kind at one time; those that nobody holds any more are
    ///     forgotten once they are told. Further ones measure nothing, which is counted in what the server is told of losses.
    ///     1 … 100,000.
    ///   - maxValues: of one recorder or timer between two tellings; of more, as many are chosen by chance, so that their
    ///     distribution stays, and the others are counted as lost. 1 … 10,000.
    public init(maxInstruments: Int = 1000, maxValues: Int = 100) {
        instruments = Instruments(
            capacity: min(max(maxInstruments, 1), 100_000), sampleCapacity: min(max(maxValues, 1), 10_000))
    }

    /// Counts whole numbers.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instruments.find(\.counters, label, dimensions)
    }

    /// Counts fractions.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        instruments.find(\.floatingPointCounters, label, dimensions)
    }

    /// Knows how much there is of something.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instruments.find(\.gauges, label, dimensions)
    }

    /// Keeps values, or the newest of them.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? instruments.find(\.recorders, label, dimensions) : instruments.find(\.gauges, label, dimensions)
    }

    /// Keeps durations.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instruments.find(\.timers, label, dimensions)
    }

    /// Nothing is needed: what was counted is told, and a handler that nobody holds is forgotten then.
    public func destroyCounter(_ handler: any CounterHandler) {}

    /// See ``destroyCounter(_:)``.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}

    /// Its value is told, and then forgotten once nobody holds the handler.
    public func destroyMeter(_ handler: any MeterHandler) { (handler as? LastValue)?.end() }

    /// See ``destroyMeter(_:)``.
    public func destroyRecorder(_ handler: any RecorderHandler) { (handler as? LastValue)?.end() }

    /// See ``destroyCounter(_:)``.
    public func destroyTimer(_ handler: any TimerHandler) {}
}
