// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles

/// Records fewer transactions while what is recorded cannot be sent: the rate is halved with each look that finds the
/// queue full or a rate limit in force, and is as before with the first that does not.
///
/// Source: [Backpressure management](https://develop.sentry.dev/sdk/telemetry/traces/backpressure/).
final class Backpressure: Sendable {
    private struct State {
        var factor = 0
        var next: ContinuousClock.Instant?
    }
    private let state = Lock(State())
    private static let interval = Duration.seconds(10), highest = 10

    /// How many times the rate is halved now; looks when ten seconds have gone by since the last look.
    /// - Parameter isHealthy: whether what is recorded can be sent.
    func factor(now: ContinuousClock.Instant = .now, isHealthy: () -> Bool) -> Int {
        let (factor, isDue) = state.withLock { state in
            guard let next = state.next else {
                state.next = now + Self.interval
                return (state.factor, false)
            }
            guard now >= next else { return (state.factor, false) }
            state.next = now + Self.interval
            return (state.factor, true)
        }
        guard isDue else { return factor }
        let changed = isHealthy() ? 0 : min(factor + 1, Self.highest)
        state.withLock { $0.factor = changed }
        return changed
    }

    func factor(of sender: Sender) -> Int {
        factor { !sender.isCongested }
    }
}
