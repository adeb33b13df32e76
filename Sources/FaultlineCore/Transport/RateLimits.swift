// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// What a server said about how long it wants no more of what.
///
/// Source: [Rate limiting](https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/).
public struct RateLimits: Sendable, Hashable {
    /// Of everything, ``/FaultlineProtocol/DataCategory/internal`` too; nil: there is no such limit. Zero or less: it is over.
    public var all: Duration?
    /// By category, beside ``all``.
    public var categories: [DataCategory: Duration] = [:]

    /// For a 429 that does not say how long, or not so that it can be understood.
    public static let standard = Duration.seconds(60)

    /// These limits.
    public init(all: Duration? = nil, categories: [DataCategory: Duration] = [:]) {
        self.all = all
        self.categories = categories
    }

    /// Whether nothing is limited.
    public var isEmpty: Bool { all == nil && categories.isEmpty }

    /// What an answer's headers say: `X-Sentry-Rate-Limits` on any status; on a 429 without it `Retry-After`, else
    /// ``standard``, both for everything.
    /// - Parameters:
    ///   - status: of the answer.
    ///   - rateLimits: the value of `X-Sentry-Rate-Limits`.
    ///   - retryAfter: the value of `Retry-After`.
    ///   - now: what a date in it is compared with.
    public init(status: Int, rateLimits: String?, retryAfter: String?, now: Timestamp = .now()) {
        if let limits = rateLimits.flatMap({ RateLimits(header: $0) }) {
            self = limits
        } else {
            self.init(all: status == 429 ? RetryAfter.duration(retryAfter, now: now) ?? Self.standard : nil)
        }
    }

    /// Reads `X-Sentry-Rate-Limits`: members with commas between, each `seconds:categories:…` with semicolons between
    /// the categories, none of them meaning everything. Blanks and unknown categories are ignored; of two limits for one
    /// category the longer counts.
    /// - Returns: nil when there is no member that can be read.
    public init?(header: String) {
        var isUsable = false
        for member in header.split(separator: ",") {
            let parts = member.filter { !$0.isWhitespace }.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count >= 2, let limit = Self.seconds(parts[0]) else { continue }
            isUsable = true
            if parts[1].isEmpty { all = max(all ?? limit, limit) }
            for name in parts[1].split(separator: ";") {
                guard let category = DataCategory(rawValue: String(name)) else { continue }
                categories[category] = max(categories[category] ?? limit, limit)
            }
        }
        if !isUsable { return nil }
    }

    /// A decimal number; nil for anything else, `inf` and `0x10` too. Beyond a thousand years it makes no difference.
    static func seconds(_ text: some StringProtocol) -> Duration? {
        let allowed = "0123456789+-.eE"
        guard text.allSatisfy(allowed.contains), let seconds = Double(text), seconds.isFinite else { return nil }
        return .seconds(max(-3e10, min(seconds, 3e10)))
    }
}
