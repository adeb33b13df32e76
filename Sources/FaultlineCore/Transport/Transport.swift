// SPDX-License-Identifier: Apache-2.0

public import FaultlineProtocol

/// Brings one envelope to the server. Replace it to send another way, or to look at what would be sent.
///
/// The SDK calls ``send(_:)`` for at most ``concurrency`` envelopes at a time, and cancels those tasks when
/// ``FaultlineSDK/close(timeout:)`` has waited long enough; a transport that ignores this holds nobody up, but its
/// envelope is sent again later under the same event id.
public protocol Transport: Sendable {
    /// Whether the transport can do nothing without a DSN. Default true.
    var requiresDSN: Bool { get }
    /// How many envelopes may be on their way at once. Default 1: in order, one after the other. More are only used while
    /// many wait; then their order is roughly that of the captures.
    var concurrency: Int { get }
    /// Sends the envelope once; waiting and repeating is the SDK's. Never throws: each failure is a ``TransportResult``.
    func send(_ request: EnvelopeRequest) async -> TransportResult
    /// Frees what the transport holds. Called once, after the last ``send(_:)``. Default: nothing.
    func close() async
}

extension Transport {
    /// True: most transports need an address.
    public var requiresDSN: Bool { true }
    /// One after the other.
    public var concurrency: Int { 1 }
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
