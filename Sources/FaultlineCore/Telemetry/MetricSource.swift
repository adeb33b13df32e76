// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
internal import Synchronization

/// Measurements that are added up where they are made, so that a thousand increments are one metric.
///
/// For integrations; ``MetricSender`` sends each measurement by itself. The SDK of the process asks for what there is some
/// seconds after ``note()``, at a flush and at its end; what was measured while it did not run is thrown away at its start.
/// All functions may be called from any thread.
public final class MetricSource: Sendable {
    /// What is told, and how much was left out for want of room, which the server is told, too.
    public struct Batch: Sendable {
        /// What there is.
        public var metrics: [FaultlineMetric] = []
        /// Measurements that were not kept.
        public var leftOut = 0

        /// Nothing.
        public init() {}
    }

    private let take: @Sendable () -> Batch
    private let pause: @Sendable () async -> Void
    /// Somebody will ask.
    private let isAwaited = Atomic(false)

    /// - Parameter take: answers what there is, and forgets it. Runs on any thread, also on one that ends the process.
    public convenience init(_ take: @escaping @Sendable () -> Batch) {
        self.init(take) {
            try? await Task.sleep(for: TelemetryBuffer.patience + .milliseconds(Int.random(in: 0...1000)))
        }
    }

    /// - Parameter pause: lets the time pass between ``note()`` and the question; for tests.
    init(_ take: @escaping @Sendable () -> Batch, pause: @escaping @Sendable () async -> Void) {
        self.take = take
        self.pause = pause
        Self.all.withLock { $0.append(Weak(id: ObjectIdentifier(self), source: self)) }
    }

    deinit {
        // By the id: a look at the others could be what holds the last of them, whose own end would come back here.
        let id = ObjectIdentifier(self)
        Self.all.withLock { $0.removeAll { $0.id == id } }
    }

    /// Whether what is measured now will be told: the SDK runs, with ``Options/enableMetrics``. One atomic read.
    public static var isOn: Bool { isOnFlag.load(ordering: .relaxed) }

    /// Something was measured. It must have been stored by a read-modify-write that acquires and releases, as `take` must
    /// read it, or under a lock: then it is in the answer to this call or to an earlier one. Costs one atomic read, but for the
    /// first call after an answer.
    public func note() {
        guard !isAwaited.load(ordering: .relaxed), !isAwaited.exchange(true, ordering: .acquiringAndReleasing) else {
            return
        }
        Task.detached(priority: .utility) { [self] in
            await pause()
            guard let client = FaultlineSDK.client else { return isAwaited.store(false, ordering: .releasing) }
            client.telemetry.flushMetrics()
        }
    }

    // MARK: - For the SDK

    private struct Weak: Sendable {
        let id: ObjectIdentifier
        weak let source: MetricSource?
    }

    private static let all = Lock<[Weak]>([])
    private static let isOnFlag = Atomic(false)

    /// The SDK runs. What was measured before, or in the process that this one was forked from, is not told.
    static func begin(isOn: Bool) {
        _ = takeAll()
        isOnFlag.store(isOn, ordering: .releasing)
    }

    /// It runs no more. Also in a forked child's first moment: takes no lock.
    static func end() {
        isOnFlag.store(false, ordering: .releasing)
    }

    static func takeAll() -> [Batch] {
        // References leave the lock: the last one to a source may be among them.
        all.withLock { $0 }.compactMap(\.source).map { source in
            // First: what is measured from here on is noted anew.
            source.isAwaited.store(false, ordering: .releasing)
            return source.take()
        }
    }
}
