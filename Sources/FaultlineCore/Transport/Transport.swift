// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// Brings one envelope to the server. Replace it to send another way, or to look at what would be sent.
///
/// The SDK calls ``send(_:)`` from one task, one envelope at a time, and cancels that task when ``FaultlineSDK/close(timeout:)``
/// has waited long enough; a transport that ignores this holds nobody up, but its envelope is sent again later under the
/// same event id.
public protocol Transport: Sendable {
    /// Whether the transport can do nothing without a DSN. Default true.
    var requiresDSN: Bool { get }
    /// Sends the envelope once; waiting and repeating is the SDK's. Never throws: each failure is a ``TransportResult``.
    func send(_ request: EnvelopeRequest) async -> TransportResult
    /// Frees what the transport holds. Called once, after the last ``send(_:)``. Default: nothing.
    func close() async
}

extension Transport {
    /// True: most transports need an address.
    public var requiresDSN: Bool { true }
    /// Nothing to free.
    public func close() async {}
}

/// One envelope on its way.
public struct EnvelopeRequest: Sendable {
    /// The envelope as it goes over the wire, `sent_at` included; not compressed.
    public let body: [UInt8]
    /// Where to. nil only for a transport that does not require it.
    public let dsn: DSN?
    /// The SDK's name and version, `faultline.swift/0.1.0`.
    public let client: String

    /// For a transport's own tests.
    public init(body: [UInt8], dsn: DSN?, client: String = SDKInfo.client) {
        self.body = body
        self.dsn = dsn
        self.client = client
    }
}

/// What became of one envelope.
public struct TransportResult: Sendable, Hashable {
    /// The three things that can happen.
    public enum Outcome: Sendable, Hashable {
        /// The server has it: it is forgotten here.
        case accepted
        /// Server or network is down, or the server is busy: it is kept and sent again.
        case retryLater(reason: String)
        /// The server will never take it. `status` is the HTTP status.
        case rejected(status: Int, reason: String)
    }

    /// What happened.
    public var outcome: Outcome
    /// The server's wish how long to wait before anything else is sent.
    public var retryAfter: Duration?

    /// - Parameter retryAfter: nil when the server did not say.
    public init(_ outcome: Outcome, retryAfter: Duration? = nil) {
        self.outcome = outcome
        self.retryAfter = retryAfter
    }

    /// The server has it.
    public static let accepted = TransportResult(.accepted)

    /// Not now.
    /// - Parameter after: the server's wish; nil: the SDK decides.
    public static func retryLater(after: Duration? = nil, reason: String) -> TransportResult {
        TransportResult(.retryLater(reason: reason), retryAfter: after)
    }

    /// Never.
    public static func rejected(status: Int, reason: String) -> TransportResult {
        TransportResult(.rejected(status: status, reason: reason))
    }
}
