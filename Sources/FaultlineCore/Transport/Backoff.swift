// SPDX-License-Identifier: Apache-2.0

/// How long to leave a server alone that does not answer: 1 s, doubled up to 60 s, each time a random part of 50 to 100 %
/// of it, so that many replicas do not come back at the same moment.
struct Backoff: Sendable {
    static let first = Duration.seconds(1)
    static let longest = Duration.seconds(60)
    /// A server's wish beyond this is cut: a wrong clock or header must not silence a service for days.
    static let longestWish = Duration.seconds(3600)

    private var next = first

    mutating func failed(wish: Duration?, jitter: Double = Double.random(in: 0.5...1)) -> Duration {
        let own = next * jitter
        next = min(next * 2, Self.longest)
        guard let wish, wish > own else { return own }
        return min(wish, Self.longestWish)
    }

    mutating func succeeded() {
        next = Self.first
    }
}
