// SPDX-License-Identifier: Apache-2.0

package import FaultlineProtocol

/// What became of one envelope.
public struct TransportResult: Sendable, Hashable {
    /// The four things that can happen.
    public enum Outcome: Sendable, Hashable {
        /// The server has it: it is forgotten here.
        case accepted
        /// Server or network is down: it is kept and sent again.
        case retryLater(reason: String)
        /// The server takes no more of it for now (429). It has counted it: a live event is forgotten here; what waits on
        /// disk waits until the limits are over.
        case rateLimited(reason: String)
        /// The server will never take it. `status` is the HTTP status.
        case rejected(status: Int, reason: String)
    }

    /// What happened.
    public var outcome: Outcome
    /// The server's wish how long to wait before anything else is sent.
    public var retryAfter: Duration?
    /// What the server wants no more of for a while; an answer to an envelope that it took may say so, too.
    public var limits: RateLimits
    /// By what word a loss would be counted that comes of ``Outcome/retryLater(reason:)``.
    package var lostLater = DiscardReason.networkError

    /// By what word the envelope is counted when it is lost with this; nil: it is not, or the server has counted it.
    package var discardReason: DiscardReason? {
        switch outcome {
        case .accepted, .rateLimited, .rejected(status: 429, _): nil
        case .retryLater: lostLater
        case .rejected: .sendError
        }
    }

    /// - Parameters:
    ///   - outcome: what became of the envelope.
    ///   - retryAfter: nil when the server did not say.
    ///   - limits: what the server will not take for a while.
    public init(_ outcome: Outcome, retryAfter: Duration? = nil, limits: RateLimits = RateLimits()) {
        self.outcome = outcome
        self.retryAfter = retryAfter
        self.limits = limits
    }

    /// The server has it.
    public static let accepted = TransportResult(.accepted)

    /// Not now.
    /// - Parameters:
    ///   - after: the server's wish; nil: the SDK decides.
    ///   - reason: for the log: one line.
    public static func retryLater(after: Duration? = nil, reason: String) -> TransportResult {
        TransportResult(.retryLater(reason: reason), retryAfter: after)
    }

    /// No more of it for a while.
    /// - Parameters:
    ///   - limits: of what, and how long; default: of everything, for ``RateLimits/standard``.
    ///   - reason: for the log: one line.
    public static func rateLimited(
        _ limits: RateLimits = RateLimits(all: RateLimits.standard), reason: String
    ) -> TransportResult {
        TransportResult(.rateLimited(reason: reason), limits: limits)
    }

    /// Never.
    public static func rejected(status: Int, reason: String) -> TransportResult {
        TransportResult(.rejected(status: status, reason: reason))
    }
}
