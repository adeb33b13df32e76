// SPDX-License-Identifier: Apache-2.0

/// Whether the server can be reached, and when it may be tried again.
struct SendingRound {
    private var backoff = Backoff()
    /// Since the last failure, until a success.
    private(set) var isDown = false
    private var failedAt: ContinuousClock.Instant?
    private var retryAt: ContinuousClock.Instant?
    /// The server asked for this pause: a flush does not cut it short.
    private var asked = false

    /// How long nothing is to be sent; nil: go on.
    mutating func pause(urgent: Bool = false, now: ContinuousClock.Instant = .now) -> Duration? {
        guard let retryAt, now < retryAt, !urgent || asked else {
            self.retryAt = nil
            return nil
        }
        return retryAt - now
    }

    /// An attempt that began at `start` has failed. Attempts that were on their way together fail together: they make
    /// one failure, and the pause is not doubled for each.
    /// - Returns: whether the outage begins with this.
    mutating func failed(
        wish: Duration?, since start: ContinuousClock.Instant, now: ContinuousClock.Instant = .now
    ) -> Bool {
        if let failedAt, start < failedAt, isDown, wish == nil { return false }
        failedAt = now
        retryAt = now + backoff.failed(wish: wish)
        asked = wish != nil
        defer { isDown = true }
        return !isDown
    }

    /// - Returns: whether an outage ends with this.
    mutating func succeeded() -> Bool {
        backoff.succeeded()
        defer { isDown = false }
        return isDown
    }
}
