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
    /// The file of the outbox that failed last: the next walk begins behind it, so that one that always fails holds up no
    /// others.
    var failedName: String?

    /// Names in their order, from the one behind the last failure on, around to it.
    func ordered(_ names: [String]) -> [String] {
        guard let failedName, let behind = names.firstIndex(where: { $0 > failedName }) else { return names }
        return Array(names[behind...] + names[..<behind])
    }

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
