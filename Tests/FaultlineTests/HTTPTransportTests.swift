// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import FaultlineCore
import FaultlineProtocol
import InMemoryTracing
import TestSupport
import Testing
import Tracing

@testable import Faultline

@Suite(.timeLimit(.minutes(1)))
struct HTTPTransportTests {
    private static let small = Array("{}\n{\"type\":\"event\"}\n{}\n".utf8)
    private static let empty200 = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    /// For answers that come at once. Longer than a test may take: reached only when something is wrong.
    private static let patient = Duration.seconds(300)
    /// For answers that never come.
    private static let impatient = Duration.milliseconds(300)

    /// Sends one envelope to a server, and closes both.
    private func send(
        _ body: [UInt8] = small, to script: ScriptedServer.Script, timeout: Duration = patient
    ) async throws -> (result: TransportResult, requests: [ScriptedServer.Request]) {
        let server = try await ScriptedServer(script, odd: true)
        let transport = HTTPTransport(timeout: timeout)
        let result = await transport.send(try request(to: server, body: body))
        await transport.close()
        await server.stop()
        return (result, server.requests)
    }

    private func request(to server: ScriptedServer, body: [UInt8] = small) throws(DSNError) -> EnvelopeRequest {
        EnvelopeRequest(body: body, dsn: try DSN("http://key@127.0.0.1:\(server.port)/42"), client: "faultline.test/1")
    }

    private static func answer(_ status: String, headers: [String] = [], body: String = "") -> ScriptedServer.Script {
        let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)", "", body]
        return .answer(lines.joined(separator: "\r\n"))
    }

    // MARK: - The request

    @Test func `an envelope is POSTed to its project with the headers of the protocol`() async throws {
        let (result, requests) = try await send(to: .answer(Self.empty200))
        #expect(result == .accepted)
        let request = try #require(requests.first)
        #expect(requests.count == 1)
        #expect(request.line == "POST /api/42/envelope/ HTTP/1.1")
        #expect(request.headers["content-type"] == "application/x-sentry-envelope")
        #expect(request.headers["user-agent"] == "faultline.test/1")
        #expect(
            request.headers["x-sentry-auth"]
                == "Sentry sentry_key=key, sentry_version=7, sentry_client=faultline.test/1")
        #expect(request.headers["content-encoding"] == nil)
        #expect(request.headers["host"]?.hasPrefix("127.0.0.1:") == true)
        #expect(request.body == Self.small)
    }

    @Test func `an upload is no span of the service's, whoever traces its requests`() async throws {
        let tracer = InMemoryTracer()
        try await withTracer(tracer) {
            #expect(HTTPClient.Configuration().tracing.tracer is InMemoryTracer)
            let (result, requests) = try await send(to: .answer(Self.empty200))
            #expect(result == .accepted && requests.first?.headers["in-memory-trace-id"] == nil)
        }
        #expect(tracer.finishedSpans.isEmpty && tracer.activeSpans.isEmpty)
    }

    @Test(arguments: [1024, 300_000])
    func `an envelope from 1,024 bytes on goes compressed`(size: Int) async throws {
        let body = (0..<size).map { UInt8(ascii: "a") + UInt8($0 / 7 % 26) }
        let (result, requests) = try await send(body, to: .answer(Self.empty200))
        #expect(result == .accepted)
        let request = try #require(requests.first)
        #expect(request.headers["content-encoding"] == "gzip")
        #expect(request.body.count < size)
        #expect(gunzipped(request.body) == body)
    }

    @Test func `an envelope of 1,023 bytes goes as it is`() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "a"), count: 1023)
        let request = try #require(try await send(body, to: .answer(Self.empty200)).requests.first)
        #expect(request.headers["content-encoding"] == nil)
        #expect(request.body == body)
    }

    @Test func `an envelope that compression would not make smaller goes as it is`() async throws {
        var random = SystemRandomNumberGenerator()
        let body = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let request = try #require(try await send(body, to: .answer(Self.empty200)).requests.first)
        #expect(request.headers["content-encoding"] == nil)
        #expect(request.body == body)
    }

    @Test func `envelopes share a connection, and each is answered`() async throws {
        let server = try await ScriptedServer(.answer(Self.empty200), odd: true)
        let transport = HTTPTransport(timeout: Self.patient)
        for _ in 0..<3 { #expect(await transport.send(try request(to: server)) == .accepted) }
        #expect(server.requests.count == 3)
        await transport.close()
        await server.stop()
    }

    @Test func `without a DSN nothing is sent`() async {
        let transport = HTTPTransport()
        let result = await transport.send(EnvelopeRequest(body: Self.small, dsn: nil))
        #expect(result == .rejected(status: 0, reason: "there is no DSN to send it to"))
        await transport.close()
    }

    // MARK: - The answer

    @Test func `429 limits everything for as long as Retry-After says`() async throws {
        let answer = Self.answer("429 Too Many Requests", headers: ["Retry-After: 7"])
        #expect(
            try await send(to: answer).result
                == .rateLimited(RateLimits(all: .seconds(7)), reason: "status 429: Too Many Requests"))
    }

    @Test func `429 without a header limits everything for a minute`() async throws {
        let result = try await send(to: Self.answer("429 Too Many Requests")).result
        #expect(result == .rateLimited(reason: "status 429: Too Many Requests"))
        #expect(result.limits.all == .seconds(60))
    }

    @Test func `limits are read from every answer, and from each of several headers`() async throws {
        let headers = ["X-Sentry-Rate-Limits: 60:error:key", "X-Sentry-Rate-Limits: 1.5:session;attachment:key"]
        let result = try await send(to: Self.answer("200 OK", headers: headers)).result
        #expect(result.outcome == .accepted)
        #expect(
            result.limits.categories
                == [.error: .seconds(60), .session: .milliseconds(1500), .attachment: .milliseconds(1500)])
    }

    @Test func `400 rejects the envelope and says why`() async throws {
        let answer = Self.answer("400 Bad Request", body: #"{"detail":"bad envelope","causes":["no header"]}"#)
        #expect(
            try await send(to: answer).result == .rejected(status: 400, reason: "status 400: bad envelope; no header"))
    }

    @Test func `413 rejects the envelope`() async throws {
        let result = try await send(to: Self.answer("413 Payload Too Large", headers: ["X-Sentry-Error: too big"]))
            .result
        #expect(result == .rejected(status: 413, reason: "status 413: too big"))
    }

    @Test(arguments: [(500, "Internal Server Error"), (503, "Service Unavailable")])
    func `a server that is down gets the envelope later`(status: Int, phrase: String) async throws {
        let result = try await send(to: Self.answer("\(status) \(phrase)")).result
        #expect(result.outcome == .retryLater(reason: "status \(status): \(phrase)"))
    }

    @Test func `a redirect is not followed`() async throws {
        let elsewhere = try await ScriptedServer(.answer(Self.empty200), odd: true)
        let location = "Location: http://127.0.0.1:\(elsewhere.port)/api/1/envelope/"
        let (result, requests) = try await send(to: Self.answer("307 Temporary Redirect", headers: [location]))
        #expect(result == .retryLater(reason: "status 307: Temporary Redirect"))
        #expect(requests.count == 1)
        #expect(elsewhere.requests.isEmpty)
        await elsewhere.stop()
    }

    // MARK: - Servers that fail

    @Test func `a refused connection is tried again later, and its reason names the host`() async throws {
        let server = try await ScriptedServer(.silence, odd: true)
        let request = try request(to: server)
        await server.stop()
        let transport = HTTPTransport(timeout: Self.patient, connectTimeout: Self.impatient)
        let reason = try await reasonToRetry(transport.send(request))
        #expect(reason.hasPrefix("127.0.0.1: "))
        #expect(reason.count < 300)
        await transport.close()
    }

    @Test func `a server that never answers costs no more than the timeout`() async throws {
        let result = try await send(to: .silence, timeout: Self.impatient).result
        #expect(try reasonToRetry(result).hasPrefix("127.0.0.1: "))
    }

    @Test(arguments: ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Len", "no HTTP at all\r\n\r\n"])
    func `a connection that ends before the status is whole is tried again later`(text: String) async throws {
        let result = try await send(to: .answerAndClose(text)).result
        #expect(try reasonToRetry(result).hasPrefix("127.0.0.1: "))
    }

    @Test func `a connection that ends after the status has said what became of the envelope`() async throws {
        let cut = "\r\nContent-Length: 100\r\n\r\n{\"detail\":"
        #expect(try await send(to: .answerAndClose("HTTP/1.1 200 OK" + cut)).result == .accepted)
        let rejected = try await send(to: .answerAndClose("HTTP/1.1 403 Forbidden" + cut)).result
        #expect(try reasonToReject(rejected).hasPrefix("status 403: "))  // whether any text came along is a race
    }

    @Test func `of an answer that never ends, 4 KiB are read`() async throws {
        let chunk = "400\r\n" + String(repeating: "x", count: 1024) + "\r\n"
        let head = "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"
        let result = try await send(to: .drip(head, then: chunk)).result
        #expect(result == .rejected(status: 400, reason: "status 400: " + String(repeating: "x", count: 300)))
    }

    @Test func `headers that never end are tried again later`() async throws {
        let script = ScriptedServer.Script.drip("HTTP/1.1 200 OK\r\n", then: "X-More: and more\r\n")
        let result = try await send(to: script).result
        #expect(try reasonToRetry(result).hasPrefix("127.0.0.1: "))
    }

    @Test func `an answer that drips costs no more than the timeout`() async throws {
        let head = "HTTP/1.1 400 Bad Request\r\nContent-Length: 100000\r\n\r\n"
        let result = try await send(to: .drip(head, then: "x"), timeout: .seconds(4)).result
        #expect(try reasonToReject(result).hasPrefix("status 400: "))
    }

    @Test func `a connection that is reset in the middle of the body is tried again later`() async throws {
        var random = SystemRandomNumberGenerator()
        let body = (0..<5_000_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(try reasonToRetry(try await send(body, to: .reset).result).hasPrefix("127.0.0.1: "))
    }

    // MARK: - The end

    @Test func `after close nothing is sent, and close may be called again`() async throws {
        let server = try await ScriptedServer(.answer(Self.empty200), odd: true)
        let transport = HTTPTransport()
        #expect(await transport.send(try request(to: server)) == .accepted)
        await transport.close()
        await transport.close()
        #expect(await transport.send(try request(to: server)) == .retryLater(reason: "the transport is closed"))
        #expect(server.requests.count == 1)
        await server.stop()
    }

    @Test func `a transport that never sent can be closed`() async throws {
        let transport = HTTPTransport()
        await transport.close()
        await transport.close()
    }

    @Test func `close ends what is being sent`() async throws {
        let server = try await ScriptedServer(.silence, odd: true)
        let transport = HTTPTransport(timeout: Self.patient)
        let request = try request(to: server)
        async let result = transport.send(request)
        await server.firstRequest()
        await transport.close()
        #expect(try reasonToRetry(await result).hasPrefix("127.0.0.1: "))
        await server.stop()
    }

    @Test func `a task that is cancelled does not wait for the answer`() async throws {
        let server = try await ScriptedServer(.silence, odd: true)
        let transport = HTTPTransport(timeout: Self.patient)
        let request = try request(to: server)
        let task = Task { await transport.send(request) }
        await server.firstRequest()
        task.cancel()
        _ = try reasonToRetry(await task.value)
        await transport.close()
        await server.stop()
    }

    private func reasonToRetry(_ result: TransportResult) throws -> String {
        if case .retryLater(let reason) = result.outcome { return reason }
        Issue.record("not to be tried again: \(result)")
        return ""
    }

    private func reasonToReject(_ result: TransportResult) throws -> String {
        if case .rejected(_, let reason) = result.outcome { return reason }
        Issue.record("not rejected: \(result)")
        return ""
    }
}
