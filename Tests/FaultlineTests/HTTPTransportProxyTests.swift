// SPDX-License-Identifier: Apache-2.0

import FaultlineCore
import FaultlineProtocol
import TestSupport
import Testing

@testable import Faultline

@Suite(.timeLimit(.minutes(1)))
struct HTTPTransportProxyTests {
    private static let empty200 = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    private static let envelope = Array("{}\n{\"type\":\"event\"}\n{}\n".utf8)
    /// No such host can be: only a proxy is asked for it (RFC 6761).
    private static let dsn = try! DSN("http://key@errors.invalid/42")

    @Test func `a server is reached through the proxy, which gets its user and its headers`() async throws {
        let proxy = try await ScriptedServer(.tunnel(Self.empty200), odd: true)
        var options = Options()
        options.httpProxy = "http://me:p%40ss@127.0.0.1:\(proxy.port)"
        options.proxyHeaders = ["X-Team": "shop"]
        options.keepAlive = true
        let transport = HTTPTransport(options)
        #expect(await transport.send(EnvelopeRequest(body: Self.envelope, dsn: Self.dsn)) == .accepted)
        #expect(
            proxy.requests.map(\.line) == ["CONNECT errors.invalid:80 HTTP/1.1", "POST /api/42/envelope/ HTTP/1.1"])
        let connect = try #require(proxy.requests.first)
        #expect(connect.headers["proxy-authorization"] == "Basic bWU6cEBzcw==")
        #expect(connect.headers["x-team"] == "shop")
        #expect(proxy.requests.last?.headers["proxy-authorization"] == nil)
        #expect(proxy.requests.last?.body == Self.envelope)
        await transport.close()
        await proxy.stop()
    }

    @Test func `a proxy that refuses is an outage, and nothing of the envelope reaches it`() async throws {
        let proxy = try await ScriptedServer(
            .answer("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), odd: true)
        var options = Options()
        options.httpProxy = "127.0.0.1:\(proxy.port)"
        let transport = HTTPTransport(options)
        let result = await transport.send(EnvelopeRequest(body: Self.envelope, dsn: Self.dsn))
        guard case .retryLater(let reason) = result.outcome else {
            Issue.record("\(result)")
            return
        }
        #expect(reason.hasPrefix("errors.invalid: "))
        #expect(proxy.requests.allSatisfy { $0.body.isEmpty && $0.line.hasPrefix("CONNECT") })
        await transport.close()
        await proxy.stop()
    }

    @Test func `a client whose server is over quota sends one event, and counts the others`() async throws {
        let server = try await ScriptedServer(
            .answer(
                "HTTP/1.1 429 Too Many Requests\r\nX-Sentry-Rate-Limits: 60:error:key\r\nContent-Length: 0\r\n\r\n"))
        var options = Options()
        options.dsn = "http://key@127.0.0.1:\(server.port)/1"
        options.sendClientReports = false
        let client = try Client(options, transport: HTTPTransport(options))
        for number in 0..<5 {
            client.captureMessage("message \(number)")
            await client.flush(timeout: .seconds(30))
        }
        #expect(server.requests.count == 1)
        await client.close()
        await server.stop()
    }
}
