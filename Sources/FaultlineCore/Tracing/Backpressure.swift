// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Records fewer transactions while what is recorded cannot be sent: the rate is halved with each look that finds the
/// queue full or a rate limit in force, and is as before with the first that does not.
///
/// Source: [Backpressure management](https://develop.sentry.dev/sdk/telemetry/traces/backpressure/).
final class Backpressure: Sendable {
    private let factor = Atomic(0)
    /// Nanoseconds of the monotonic clock; 0: nobody has asked yet.
    private let next = Atomic<UInt64>(0)
    private static let interval: UInt64 = 10_000_000_000, highest = 10

    /// How many times the rate is halved now; looks when ten seconds have gone by since the last look.
    /// - Parameters:
    ///   - now: nanoseconds of the monotonic clock.
    ///   - isHealthy: whether what is recorded can be sent.
    func factor(now: UInt64, isHealthy: () -> Bool) -> Int {
        let before = factor.load(ordering: .relaxed), due = next.load(ordering: .relaxed)
        // One of those who come at once looks.
        guard now >= due,
            next.compareExchange(expected: due, desired: now + Self.interval, ordering: .relaxed).exchanged, due > 0
        else { return before }
        let changed = isHealthy() ? 0 : min(before + 1, Self.highest)
        factor.store(changed, ordering: .relaxed)
        return changed
    }

    func factor(of sender: Sender, now: UInt64) -> Int {
        factor(now: now) { !sender.isCongested }
    }
}
