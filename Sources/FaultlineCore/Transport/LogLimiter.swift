// SPDX-License-Identifier: Apache-2.0

/// Lets one line of a kind through per minute, and counts the others.
struct LogLimiter: Sendable {
    static let interval = Duration.seconds(60)

    private var last: [String: (time: ContinuousClock.Instant, held: Int)] = [:]

    /// How many lines of this kind were held back since the last one that passed; nil: hold this one back too.
    mutating func pass(_ kind: String, now: ContinuousClock.Instant = .now) -> Int? {
        if let entry = last[kind], now - entry.time < Self.interval {
            last[kind] = (entry.time, entry.held + 1)
            return nil
        }
        let held = last[kind]?.held ?? 0
        // Kinds are few by design; a server that invents statuses must not grow this without end.
        if last.count > 100 { last.removeAll() }
        last[kind] = (now, 0)
        return held
    }
}
