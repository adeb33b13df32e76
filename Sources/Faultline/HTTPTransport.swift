// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
public import FaultlineCore
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Sends envelopes with AsyncHTTPClient, on NIO's shared event loops.
///
/// The client is made at the first envelope and shut down by ``close()``; bodies over 1 KiB are compressed (gzip). Up to
/// four connections are kept open while many envelopes wait. Proxies and certificates: ``Options/httpProxy`` and what
/// follows it. What AsyncHTTPClient cannot do: TLS to the proxy itself, SOCKS 4, SOCKS with a user, a proxy without
/// CONNECT, and socket options of one's own.
/// Source: [Envelopes](https://develop.sentry.dev/sdk/foundations/transport/envelopes/).
public final class HTTPTransport: Transport {
    private enum State {
        case unused
        case open(HTTPClient, any EventLoop)
        case closed
    }

    /// Below it, gzip saves less than a packet.
    private static let compressedFrom = 1024

    private let timeout: Duration
    private let connectTimeout: Duration
    private let settings: ConnectionSettings
    private let state = Mutex(State.unused)

    /// - Parameters:
    ///   - options: of which proxies, certificates and keep-alive are used; each falls back to the environment.
    ///   - timeout: of one envelope, from the look-up of the host to the end of the answer.
    ///   - connectTimeout: of the part of it until the connection stands.
    public init(
        _ options: Options = Options(), timeout: Duration = .seconds(30), connectTimeout: Duration = .seconds(5)
    ) {
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        settings = ConnectionSettings(options)
    }

    deinit {
        // AsyncHTTPClient traps in debug builds when its client goes without a shutdown.
        state.withLock { if case .open(let client, _) = $0 { client.shutdown { _ in } } }
    }

    /// Four.
    public var concurrency: Int { 4 }

    /// POSTs the envelope. What the answer means: ``ServerAnswer``.
    public func send(_ request: EnvelopeRequest) async -> TransportResult {
        guard let dsn = request.dsn else { return .rejected(status: 0, reason: "there is no DSN to send it to") }
        let reader = AnswerReader()
        do {
            guard let open = try open(dsn) else { return .retryLater(reason: "the transport is closed") }
            let post = try Self.post(request, dsn)
            // One event loop for all: from another one each step would wake a second thread.
            let task = open.client.execute(
                request: post, delegate: reader, eventLoop: .delegate(on: open.loop),
                deadline: .now() + TimeAmount(timeout))
            try await withTaskCancellationHandler {
                try await task.get()
            } onCancel: {
                task.cancel()
            }
        } catch  where reader.answer == nil {
            return .retryLater(reason: Self.reason(error, host: dsn.host))
        } catch {
            // The status came first: the envelope's fate is known.
        }
        return reader.answer?.result ?? .retryLater(reason: "\(dsn.host): no answer")
    }

    private static func post(_ request: EnvelopeRequest, _ dsn: DSN) throws -> HTTPClient.Request {
        var headers = HTTPHeaders()
        headers.reserveCapacity(8)
        headers.add(name: "Content-Type", value: "application/x-sentry-envelope")
        headers.add(name: "User-Agent", value: request.client)
        headers.add(name: "X-Sentry-Auth", value: dsn.authHeader(client: request.client))
        var body = request.body
        if body.count >= compressedFrom, let compressed = gzipped(body) {
            headers.add(name: "Content-Encoding", value: "gzip")
            body = compressed
        }
        return try HTTPClient.Request(
            url: dsn.envelopeURL, method: .POST, headers: headers, body: .byteBuffer(ByteBuffer(bytes: body)))
    }

    /// Closes the connections. Later envelopes are not sent. Idempotent.
    public func close() async {
        let client = state.withLock { state -> HTTPClient? in
            defer { state = .closed }
            if case .open(let client, _) = state { return client }
            return nil
        }
        // What is thrown here is that something was still going on, which has been cancelled.
        try? await client?.shutdown()
    }

    /// - Throws: when a certificate or key cannot be used.
    private func open(_ dsn: DSN) throws -> (client: HTTPClient, loop: any EventLoop)? {
        try state.withLock { state in
            switch state {
            case .open(let client, let loop): return (client, loop)
            case .closed: return nil
            case .unused:
                var configuration = try settings.clientConfiguration(for: dsn)
                configuration.timeout = .init(connect: TimeAmount(connectTimeout), read: TimeAmount(timeout))
                configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = concurrency
                let client = HTTPClient(configuration: configuration)
                let loop = client.eventLoopGroup.any()
                state = .open(client, loop)
                return (client, loop)
            }
        }
    }

    private static func reason(_ error: any Error, host: String) -> String {
        switch error {
        case let error as HTTPClientError: "\(host): \(error.shortDescription)"
        case let error as IOError: "\(host): \(String(cString: strerror(error.errnoCode)))"
        default: "\(host): \(String(describing: error).prefix(200))"
        }
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        // A hundred years are enough; more would overflow.
        self = .nanoseconds(min(max(seconds, 0), 3_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
