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
        case open(HTTPClient)
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
        state.withLock { if case .open(let client) = $0 { client.shutdown { _ in } } }
    }

    /// Four.
    public var concurrency: Int { 4 }

    /// POSTs the envelope. What the answer means: ``ServerAnswer``.
    public func send(_ request: EnvelopeRequest) async -> TransportResult {
        guard let dsn = request.dsn else { return .rejected(status: 0, reason: "there is no DSN to send it to") }
        let client: HTTPClient
        do {
            guard let open = try openClient(dsn) else { return .retryLater(reason: "the transport is closed") }
            client = open
        } catch {
            return .retryLater(reason: Self.reason(error, host: dsn.host))
        }
        var post = HTTPClientRequest(url: dsn.envelopeURL)
        post.method = .POST
        post.headers.add(name: "Content-Type", value: "application/x-sentry-envelope")
        post.headers.add(name: "User-Agent", value: request.client)
        post.headers.add(name: "X-Sentry-Auth", value: dsn.authHeader(client: request.client))
        if request.body.count >= Self.compressedFrom, let compressed = gzipped(request.body) {
            post.headers.add(name: "Content-Encoding", value: "gzip")
            post.body = .bytes(ByteBuffer(bytes: compressed))
        } else {
            post.body = .bytes(ByteBuffer(bytes: request.body))
        }
        do {
            let end = ContinuousClock.now + timeout
            let response = try await client.execute(post, deadline: .now() + TimeAmount(timeout))
            let answer = ServerAnswer(
                status: Int(response.status.code), reasonPhrase: response.status.reasonPhrase,
                error: response.headers.first(name: "X-Sentry-Error"),
                retryAfter: response.headers.first(name: "Retry-After"),
                rateLimits: Self.joined(response.headers["X-Sentry-Rate-Limits"]),
                body: await Self.text(of: response.body, until: end))
            return answer.result
        } catch {
            return .retryLater(reason: Self.reason(error, host: dsn.host))
        }
    }

    /// Closes the connections. Later envelopes are not sent. Idempotent.
    public func close() async {
        let client = state.withLock { state -> HTTPClient? in
            defer { state = .closed }
            if case .open(let client) = state { return client }
            return nil
        }
        // What is thrown here is that something was still going on, which has been cancelled.
        try? await client?.shutdown()
    }

    /// A header that comes several times is one list (RFC 9110, 5.3).
    private static func joined(_ values: [String]) -> String? {
        values.isEmpty ? nil : values.joined(separator: ",")
    }

    /// - Throws: when a certificate or key cannot be used.
    private func openClient(_ dsn: DSN) throws -> HTTPClient? {
        try state.withLock { state in
            switch state {
            case .open(let client): return client
            case .closed: return nil
            case .unused:
                var configuration = try settings.clientConfiguration(for: dsn)
                configuration.timeout = .init(connect: TimeAmount(connectTimeout), read: TimeAmount(timeout))
                configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = concurrency
                let client = HTTPClient(configuration: configuration)
                state = .open(client)
                return client
            }
        }
    }

    /// What comes of the answer until the deadline: AsyncHTTPClient's own ends with the head, and its read timeout only
    /// looks at the pauses.
    private static func text(of body: HTTPClientResponse.Body, until end: ContinuousClock.Instant) async -> String {
        await withTaskGroup(of: String?.self) { group in
            group.addTask { await beginning(of: body) }
            group.addTask {
                try? await Task.sleep(until: end)
                return nil
            }
            var said = ""
            for await result in group {
                if let result { said = result }
                group.cancelAll()
            }
            return said
        }
    }

    /// The first 4 KiB of the answer, which say why; and the connection is free again. A longer answer, or one that does
    /// not end, is not worth the wait: its status has been said.
    private static func beginning(of body: HTTPClientResponse.Body) async -> String {
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                bytes.append(contentsOf: part.readableBytesView)
                if bytes.count >= 4096 { break }
            }
        } catch {
            // The connection broke, or the time was over, after the status came: the envelope's fate is known.
        }
        return String(decoding: bytes.prefix(4096), as: UTF8.self)
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
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
