// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCore

/// What a server said to an envelope, and what follows from it.
struct ServerAnswer {
    let status: Int
    var reasonPhrase = ""
    /// `X-Sentry-Error`.
    var error: String?
    var retryAfter: String?
    var body = ""

    var result: TransportResult {
        switch status {
        case 200..<300: .accepted
        case 429: .retryLater(after: wish ?? Self.standardWish, reason: reason)
        // A server or a proxy that is down or busy. 408: it got the request too slowly. 3xx: somebody in between.
        case 408, 500..., ..<400: .retryLater(after: wish, reason: reason)
        default: .rejected(status: status, reason: reason)
        }
    }

    /// For a 429 that does not say how long, or not so that it can be understood
    /// (https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/).
    static let standardWish = Duration.seconds(60)

    /// `Retry-After` in seconds. The form with a date is not read: no such server is known.
    private var wish: Duration? {
        guard let retryAfter, let seconds = Double(retryAfter), seconds.isFinite, seconds > 0 else { return nil }
        return .seconds(min(seconds, 86_400))
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
