// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import FaultlineCore
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

extension ConnectionSettings {
    /// - Throws: when a certificate or key cannot be used: the error names its file.
    func clientConfiguration(for dsn: DSN) throws -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // The reports' own requests are no part of the service's traces.
        configuration.tracing.tracer = nil
        configuration.httpVersion = .http1Only
        configuration.proxy = proxy(for: dsn).map(clientProxy)
        if dsn.scheme == "https", caCertificates != nil || clientCertificate != nil {
            configuration.tlsConfiguration = try tlsConfiguration()
        }
        if keepAlive { configuration.http1_1ConnectionDebugInitializer = Self.keepAwake }
        return configuration
    }

    private func clientProxy(_ proxy: Proxy) -> HTTPClient.Configuration.Proxy {
        switch proxy.kind {
        case .socks5: .socksServer(host: proxy.host, port: proxy.port)
        case .http:
            .server(
                host: proxy.host, port: proxy.port,
                authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") },
                connectHeaders: HTTPHeaders(proxyHeaders.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        }
    }

    private func tlsConfiguration() throws(ConnectionError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = caCertificates {
            if Self.isDirectory(file.path) {
                configuration.trustRoots = .file(file.path.hasSuffix("/") ? file.path : file.path + "/")
            } else {
                configuration.trustRoots = .certificates(try Self.certificates(file))
            }
        }
        guard let file = clientCertificate else { return configuration }
        configuration.certificateChain = try Self.certificates(file).map { .certificate($0) }
        let key = clientKey ?? file
        do {
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key.path, format: .pem))
        } catch {
            throw ConnectionError(
                description: "\(key.origin): no private key without a passphrase can be read from `\(key.path)`")
        }
        return configuration
    }

    private static func certificates(_ file: File) throws(ConnectionError) -> [NIOSSLCertificate] {
        if let certificates = try? NIOSSLCertificate.fromPEMFile(file.path), !certificates.isEmpty {
            return certificates
        }
        throw ConnectionError(description: "\(file.origin): no certificate in PEM format in `\(file.path)`")
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The figures are those of Sentry's own SDKs
    /// (https://github.com/getsentry/sentry-python/blob/master/sentry_sdk/transport.py, `KEEP_ALIVE_SOCKET_OPTIONS`).
    private static let keepAwake: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
        #if os(Linux)
        let tcp = [(TCP_KEEPIDLE, 45), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 6)]
        #else
        let tcp: [(Int32, Int)] = [(TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 6)]
        #endif
        var done = channel.setOption(.socketOption(.so_keepalive), value: 1)
        for (name, value) in tcp {
            done = done.flatMap {
                channel.setOption(
                    ChannelOptions.Types.SocketOption(
                        level: .init(rawValue: Int32(IPPROTO_TCP)), name: .init(rawValue: name)),
                    value: SocketOptionValue(value))
            }
        }
        // A kernel without these options is no reason not to connect.
        return done.recover { _ in }
    }
}

/// A certificate or key that cannot be used.
struct ConnectionError: Error, CustomStringConvertible {
    let description: String
}
