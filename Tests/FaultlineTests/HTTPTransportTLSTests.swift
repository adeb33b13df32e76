// SPDX-License-Identifier: Apache-2.0

import FaultlineCore
import FaultlineProtocol
import Foundation
import NIOSSL
import TestSupport
import Testing

@testable import Faultline

/// With certificates of a private authority, made by openssl(1).
@Suite(.timeLimit(.minutes(2)))
struct HTTPTransportTLSTests {
    private static let empty200 = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    private let authority: Authority

    init() throws { authority = try Authority() }

    private func send(
        _ options: Options, serverAsksForCertificate: Bool = false
    ) async throws -> (TransportResult.Outcome, requests: Int) {
        let server = try await ScriptedServer(
            .answer(Self.empty200), tls: authority.server(asksForCertificate: serverAsksForCertificate), odd: true)
        let transport = HTTPTransport(options)
        let request = EnvelopeRequest(body: [1], dsn: try DSN("https://key@127.0.0.1:\(server.port)/1"))
        let result = await transport.send(request)
        await transport.close()
        await server.stop()
        return (result.outcome, server.requests.count)
    }

    private func reasonToRetry(_ outcome: TransportResult.Outcome) -> String {
        if case .retryLater(let reason) = outcome { return reason }
        return "\(outcome)"
    }

    @Test func `a server with a private authority is trusted when that is given, and only then`() async throws {
        var options = Options()
        options.caCertificates = authority.path("ca.pem")
        #expect(try await send(options) == (.accepted, 1))

        options.caCertificates = ""
        let (outcome, requests) = try await send(options)
        #expect(reasonToRetry(outcome).hasPrefix("127.0.0.1: "))
        #expect(requests == 0)

        options.caCertificates = authority.path("other.pem")
        #expect(try await send(options).requests == 0)
    }

    @Test func `a server that asks for a certificate gets the client's`() async throws {
        var options = Options()
        options.caCertificates = authority.path("ca.pem")
        options.clientCertificate = authority.path("client.pem")
        options.clientKey = authority.path("client.key")
        #expect(try await send(options, serverAsksForCertificate: true) == (.accepted, 1))
        options.clientCertificate = ""
        options.clientKey = ""
        #expect(try await send(options, serverAsksForCertificate: true).requests == 0)
    }

    @Test func `certificate and key may lie in one file`() async throws {
        var options = Options()
        options.caCertificates = authority.path("ca.pem")
        options.clientCertificate = authority.path("both.pem")
        #expect(try await send(options, serverAsksForCertificate: true) == (.accepted, 1))
    }

    @Test func `a file that holds no certificate or no key is named, and nothing is sent`() async throws {
        var options = Options()
        options.caCertificates = authority.path("client.key")
        let (outcome, requests) = try await send(options)
        #expect(reasonToRetry(outcome).contains("caCertificates: no certificate in PEM format"))
        #expect(requests == 0)
        options.caCertificates = authority.path("ca.pem")
        options.clientCertificate = authority.path("client.pem")
        #expect(reasonToRetry(try await send(options).0).contains("clientCertificate: no private key"))
    }
}

/// Keys and certificates in a directory of a test's own.
private final class Authority: Sendable {
    private let directory: URL

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("faultline-tls-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try run(
            """
            set -e
            key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            for name in ca other; do
                openssl req -x509 $key -keyout $name.key -out $name.pem -days 2 -subj /CN=$name
            done
            echo subjectAltName=IP:127.0.0.1 > names
            for name in server client; do
                openssl req $key -keyout $name.key -out $name.csr -subj /CN=$name
                openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out $name.pem
            done
            cat client.pem client.key > both.pem
            """)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private func run(_ script: String) throws {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", script]
        shell.currentDirectoryURL = directory
        let errors = Pipe()
        shell.standardError = errors
        shell.standardOutput = errors
        try shell.run()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        try #require(shell.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
    }

    func server(asksForCertificate: Bool) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(path("server.pem")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: path("server.key"), format: .pem)))
        if asksForCertificate {
            configuration.trustRoots = .file(path("ca.pem"))
            configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }
}
