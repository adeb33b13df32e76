// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
package import NIOSSL
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A server on the loopback address that answers with given bytes, well or badly. What it was asked is kept.
package final class ScriptedServer: Sendable {
    /// What it does when a request is whole.
    package enum Script: Sendable {
        /// Writes the bytes, leaves the connection open.
        case answer(String)
        /// Writes the bytes, then closes the connection.
        case answerAndClose(String)
        /// Writes the first bytes, then the second each millisecond for as long as the other side takes them.
        case drip(String, then: String)
        case silence
        /// Breaks the connection (RST) as soon as the first bytes of a request have come.
        case reset
        /// Lets a CONNECT pass, and is then the server behind the proxy, which answers with the bytes.
        case tunnel(String)
    }

    package struct Request: Sendable {
        /// `POST /api/42/envelope/ HTTP/1.1`
        package let line: String
        /// By their names in lower case.
        package let headers: [String: String]
        package let body: [UInt8]
    }

    /// Not that of the clients: what a script does holds none of them up.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let channel: any Channel
    private let received: Received

    /// - Parameters:
    ///   - tls: nil: no TLS.
    ///   - odd: what it is sent is no envelope of the SDK's, and not for Relay to look at.
    package init(_ script: Script, tls: TLSConfiguration? = nil, odd: Bool = false) async throws {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let received = Received(keepsBodies: !odd)
        channel = try await ServerBootstrap(group: Self.group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(Connection(script, received: received))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.received = received
    }

    package var port: Int { channel.localAddress?.port ?? 0 }
    package var requests: [Request] { received.requests.withLock { $0 } }

    /// Waits for the first request that is whole.
    package func firstRequest() async {
        for await _ in received.arrivals { return }
    }

    package func stop() async { try? await channel.close() }
}

private final class Received: Sendable {
    let requests = Mutex<[ScriptedServer.Request]>([])
    let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation
    private let keepsBodies: Bool

    init(keepsBodies: Bool) {
        self.keepsBodies = keepsBodies
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    func add(_ request: ScriptedServer.Request) {
        if keepsBodies { KeptEnvelopes.keep(request.body) }
        requests.withLock { $0.append(request) }
        arrived.yield()
    }
}

/// One connection, on its event loop.
private final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: ScriptedServer.Script
    private let received: Received
    private var bytes: [UInt8] = []
    private var drip: RepeatedTask?

    init(_ script: ScriptedServer.Script, received: Received) {
        self.script = script
        self.received = received
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        if case .reset = script { return reset(context.channel) }
        guard let request = takeRequest() else { return }
        received.add(request)
        play(request, on: context.channel)
    }

    /// With SO_LINGER of zero a close is a reset (socket(7)).
    private func reset(_ channel: any Channel) {
        let provider = channel as? any SocketOptionProvider
        provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
    }

    private func takeRequest() -> ScriptedServer.Request? {
        let end = Array("\r\n\r\n".utf8)
        guard let head = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
        let lines = String(decoding: bytes[..<head], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            let name = parts[0].lowercased(), value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
            headers[name] = headers[name].map { "\($0), \(value)" } ?? value
        }
        let start = head + end.count, length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard bytes.count - start >= length else { return nil }
        defer { bytes.removeFirst(start + length) }
        return ScriptedServer.Request(
            line: String(lines[0]), headers: headers, body: Array(bytes[start..<(start + length)]))
    }

    private func play(_ request: ScriptedServer.Request, on channel: any Channel) {
        switch script {
        case .silence, .reset: break
        case .tunnel(let text):
            let isConnect = request.line.hasPrefix("CONNECT ")
            channel.writeAndFlush(
                ByteBuffer(string: isConnect ? "HTTP/1.1 200 Connection established\r\n\r\n" : text), promise: nil)
        case .answer(let text): channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
        case .answerAndClose(let text):
            channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
        case .drip(let first, let more):
            channel.writeAndFlush(ByteBuffer(string: first), promise: nil)
            let bytes = ByteBuffer(string: more)
            drip = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { _ in
                if channel.isWritable { channel.writeAndFlush(bytes, promise: nil) }
            }
        }
    }
}
