// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore

/// What a server said to an envelope, and what follows from it.
struct ServerAnswer {
    let status: Int
    var reasonPhrase = ""
    /// `X-Sentry-Error`.
    var error: String?
    /// `Retry-After`.
    var retryAfter: String?
    /// `X-Sentry-Rate-Limits`.
    var rateLimits: String?
    var body = ""

    var result: TransportResult {
        var result = fate
        result.limits = RateLimits(status: status, rateLimits: rateLimits, retryAfter: retryAfter)
        if case .retryLater = result.outcome, status >= 400 { result.lostLater = .sendError }
        return result
    }

    /// Servers ask for nothing to be sent again but after a failure of the network
    /// (https://develop.sentry.dev/sdk/foundations/transport/). What is a matter of moments is sent again all the same: a
    /// dead server loses nothing.
    private var fate: TransportResult {
        switch status {
        case 200..<300: .accepted
        case 429: .rateLimited(RateLimits(), reason: reason)
        // Does not know the method, or the version of HTTP: it will not learn it.
        case 501, 505: .rejected(status: status, reason: reason)
        // A server or a proxy that is down or busy. 408: it got the request too slowly. 3xx: somebody in between.
        case 408, 500..., ..<400: .retryLater(after: wish, reason: reason)
        default: .rejected(status: status, reason: reason)
        }
    }

    /// Up to a day.
    private var wish: Duration? {
        RetryAfter.duration(retryAfter).map { min($0, .seconds(86_400)) }
    }

    /// One line of at most 300 characters.
    private var reason: String {
        let said = error ?? detail ?? (body.isEmpty ? reasonPhrase : body)
        let line = said.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(300)
        return line.isEmpty ? "status \(status)" : "status \(status): \(line)"
    }

    /// Relay and its like answer `{"detail":"…","causes":["…"]}`.
    private var detail: String? {
        guard let answer = (try? JSONValue(parsing: Array(body.utf8)))?.objectValue else { return nil }
        let causes = answer["causes"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let parts = [answer["detail"]?.stringValue].compactMap(\.self) + causes
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
