// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
public import FaultlineCore
internal import FaultlineProtocol
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
/// eight connections are kept open while many envelopes wait. Proxies and certificates:
/// ``/FaultlineCore/Options/httpProxy`` and what follows it. What AsyncHTTPClient cannot do: TLS to the proxy itself, SOCKS 4, SOCKS with a user, a proxy without
/// CONNECT, and socket options of one's own.
/// Source: [Envelopes](https://develop.sentry.dev/sdk/foundations/transport/envelopes/).
public final class HTTPTransport: Transport {
    private enum State {
        case unused
        case open(Open)
        case closed
    }

    /// What all envelopes share.
    private struct Open: Sendable {
        let client: HTTPClient
        let loop: any EventLoop
        var form: Form?
    }

    /// What requests to one place have in common: reading its address costs more than sending a small envelope.
    private struct Form: Sendable {
        let dsn: DSN
        let name: String
        let plain: HTTPClient.Request
        let compressed: HTTPClient.Request

        init(_ dsn: DSN, client name: String) throws {
            self.dsn = dsn
            self.name = name
            var headers = HTTPHeaders([
                ("Content-Type", "application/x-sentry-envelope"), ("User-Agent", name),
                ("X-Sentry-Auth", dsn.authHeader(client: name)),
            ])
            plain = try HTTPClient.Request(url: dsn.envelopeURL, method: .POST, headers: headers)
            headers.add(name: "Content-Encoding", value: "gzip")
            compressed = try HTTPClient.Request(url: dsn.envelopeURL, method: .POST, headers: headers)
        }

        func post(_ body: [UInt8]) -> HTTPClient.Request {
            let gzip = body.count >= HTTPTransport.compressedFrom ? gzipped(body) : nil
            var request = gzip == nil ? plain : compressed
            request.body = .byteBuffer(ByteBuffer(bytes: gzip ?? body))
            return request
        }
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
        state.withLock { if case .open(let open) = $0 { open.client.shutdown { _ in } } }
    }

    /// Eight.
    public var concurrency: Int { 8 }

    /// POSTs the envelope. What the answer means: `ServerAnswer`.
    public func send(_ request: EnvelopeRequest) async -> TransportResult {
        guard let dsn = request.dsn else { return .rejected(status: 0, reason: "there is no DSN to send it to") }
        let open: Open, post: HTTPClient.Request
        do {
            guard let (opened, form) = try self.open(dsn, request.client) else {
                return .retryLater(reason: "the transport is closed")
            }
            (open, post) = (opened, form.post(request.body))
        } catch {
            return .retryLater(reason: Self.reason(error, host: dsn.host))
        }
        let reader = AnswerReader()
        let exchange = Exchange()
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let failure: (any Error)? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // On the one event loop all steps are calls; from elsewhere, each would wake it.
                open.loop.execute {
                    let task = open.client.execute(
                        request: post, delegate: reader, eventLoop: .delegate(on: open.loop), deadline: deadline)
                    exchange.begin(task)
                    task.futureResult.whenComplete { result in
                        if case .failure(let error) = result {
                            continuation.resume(returning: error)
                        } else {
                            continuation.resume(returning: nil)
                        }
                    }
                }
            }
        } onCancel: {
            exchange.cancel()
        }
        // Where a status came first, the envelope's fate is known.
        if let result = reader.result { return result }
        return .retryLater(reason: failure.map { Self.reason($0, host: dsn.host) } ?? "\(dsn.host): no answer")
    }

    /// A request that can be cancelled also before it has begun.
    private final class Exchange: Sendable {
        private enum State {
            case waiting
            case begun(HTTPClient.Task<Void>)
            case cancelled
        }

        private let state = Mutex(State.waiting)

        func begin(_ task: HTTPClient.Task<Void>) {
            let isCancelled = state.withLock { state in
                if case .cancelled = state { return true }
                state = .begun(task)
                return false
            }
            if isCancelled { task.cancel() }
        }

        func cancel() {
            let task = state.withLock { state -> HTTPClient.Task<Void>? in
                defer { state = .cancelled }
                if case .begun(let task) = state { return task }
                return nil
            }
            task?.cancel()
        }
    }

    /// Closes the connections. Later envelopes are not sent. Idempotent.
    public func close() async {
        let client = state.withLock { state -> HTTPClient? in
            defer { state = .closed }
            if case .open(let open) = state { return open.client }
            return nil
        }
        // What is thrown here is that something was still going on, which has been cancelled.
        try? await client?.shutdown()
    }

    /// - Throws: when a certificate or key cannot be used.
    private func open(_ dsn: DSN, _ name: String) throws -> (Open, Form)? {
        try state.withLock { state in
            var open: Open
            switch state {
            case .open(let opened): open = opened
            case .closed: return nil
            case .unused:
                var configuration = try settings.clientConfiguration(for: dsn)
                // No time between two reads: the deadline of the whole ends before it would.
                configuration.timeout = .init(connect: TimeAmount(connectTimeout))
                configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = concurrency
                let client = HTTPClient(configuration: configuration)
                open = Open(client: client, loop: client.eventLoopGroup.any())
                state = .open(open)
            }
            if let form = open.form, form.name == name, form.dsn == dsn { return (open, form) }
            let form = try Form(dsn, client: name)
            open.form = form
            state = .open(open)
            return (open, form)
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
    fileprivate init(_ duration: Duration) { self = .nanoseconds(duration.waitNanoseconds) }
}
