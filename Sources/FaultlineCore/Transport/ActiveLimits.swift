// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The rate limits in force: what servers said, as instants.
struct ActiveLimits: Sendable {
    /// A wish beyond it is cut: one wrong header must not silence a service for weeks.
    static let longest = Duration.seconds(86_400)

    private var all: ContinuousClock.Instant?
    private var categories: [DataCategory: ContinuousClock.Instant] = [:]

    /// Whether there is none, as nearly always.
    var isEmpty: Bool { all == nil && categories.isEmpty }

    /// Of an old and a new limit the one that ends later counts.
    /// - Returns: whether anything is limited by it that was not.
    mutating func add(_ limits: RateLimits, now: ContinuousClock.Instant = .now) -> Bool {
        forget(now)
        var isNew = false
        func end(_ limit: Duration, _ old: ContinuousClock.Instant?) -> ContinuousClock.Instant? {
            guard limit > .zero else { return old }
            if old == nil { isNew = true }
            let end = now + min(limit, Self.longest)
            return max(old ?? end, end)
        }
        if let limit = limits.all { all = end(limit, all) }
        for (category, limit) in limits.categories { categories[category] = end(limit, categories[category]) }
        return isNew
    }

    /// Those that are over.
    private mutating func forget(_ now: ContinuousClock.Instant) {
        if let end = all, end <= now { all = nil }
        categories = categories.filter { $0.value > now }
    }

    /// Whether anything is limited now.
    var isInForce: Bool {
        guard !isEmpty else { return false }
        let now = ContinuousClock.now
        return all.map { $0 > now } ?? false || categories.values.contains { $0 > now }
    }

    /// When things of the category may be sent again; nil: now.
    func end(of category: DataCategory, now: ContinuousClock.Instant = .now) -> ContinuousClock.Instant? {
        let ends = [all, categories[category]].compactMap(\.self).filter { $0 > now }
        return ends.max()
    }

    /// When the envelope may be sent as a whole; nil: now.
    func end(of envelope: Envelope, now: ContinuousClock.Instant = .now) -> ContinuousClock.Instant? {
        guard !isEmpty else { return nil }
        return envelope.items.compactMap { end(of: DataCategory(itemType: $0.type), now: now) }.max()
    }

    /// Takes out of an envelope what is limited. What is attached to an event goes with it.
    /// - Returns: what was taken out, in order.
    func remove(from envelope: inout Envelope, now: ContinuousClock.Instant = .now) -> [EnvelopeItem] {
        guard !isEmpty else { return [] }
        var dropped: [EnvelopeItem] = []
        func take(_ isLimited: (EnvelopeItem) -> Bool) {
            dropped += envelope.items.filter(isLimited)
            envelope.items.removeAll(where: isLimited)
        }
        let hadOwner = envelope.items.contains(where: \.ownsAttachments)
        take { end(of: DataCategory(itemType: $0.type), now: now) != nil }
        if hadOwner, !envelope.items.contains(where: \.ownsAttachments) {
            take { $0.type == "attachment" }
        }
        return dropped
    }
}

extension EnvelopeItem {
    /// Whether attachments of the envelope belong to it
    /// (https://develop.sentry.dev/sdk/data-model/envelope-items/#attachment).
    fileprivate var ownsAttachments: Bool {
        type == "event" || type == "transaction" || type == "feedback"
    }
}
