// SPDX-License-Identifier: Apache-2.0

/// What the sending task remembers from one envelope to the next.
struct SendingRound {
    private var names: ArraySlice<String> = []
    /// When to look again at files that another process was sending: it may have died.
    private var lookAt: ContinuousClock.Instant?
    private var backoff = Backoff()
    private var down = false
    private var retryAt: ContinuousClock.Instant?
    /// The server asked for this pause: a flush does not cut it short.
    private var asked = false

    // MARK: - A walk through the outbox

    mutating func begin(_ names: [String]) {
        self.names = names[...]
        lookAt = nil
    }

    mutating func next() -> String? { names.popFirst() }

    /// A file was another process's.
    mutating func meet(now: ContinuousClock.Instant = .now) { lookAt = now + .seconds(60) }

    /// Zero: now; nil: not before something changes.
    var untilNextLook: Duration? { lookAt.map { max(.zero, $0 - .now) } }

    // MARK: - Outages

    /// How long nothing is to be sent; nil: go on.
    mutating func pause(urgent: Bool, now: ContinuousClock.Instant = .now) -> Duration? {
        guard let retryAt, now < retryAt, !urgent || asked else {
            self.retryAt = nil
            return nil
        }
        return retryAt - now
    }

    /// - Returns: whether the outage begins with this.
    mutating func failed(wish: Duration?, now: ContinuousClock.Instant = .now) -> Bool {
        retryAt = now + backoff.failed(wish: wish)
        asked = wish != nil
        names = []
        defer { down = true }
        return !down
    }

    /// - Returns: whether an outage ends with this.
    mutating func succeeded() -> Bool {
        backoff.succeeded()
        defer { down = false }
        return down
    }
}
