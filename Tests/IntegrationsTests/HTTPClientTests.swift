// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import FaultlineCore
import FaultlineNIO
import FaultlineTracing
import NIOCore
import NIOHTTP1
import TestSupport
import Testing
import Tracing

extension IntegrationsTests {
    private static let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    /// Runs `body` in a transaction of a request, then captures a message, and ends all.
    /// - Returns: the requests that the server has seen, the transaction, and the breadcrumbs of the message.
    private func call(
        _ script: ScriptedServer.Script = .answer(answer), tracer: (any Tracer)? = nil,
        _ body: @escaping (HTTPClient, String) async throws -> Void
    ) async throws -> (requests: [ScriptedServer.Request], transaction: Event, crumbs: [Fields]) {
        start {
            $0.tracesSampleRate = 1
            $0.propagateTraceparent = true
        }
        let server = try await ScriptedServer(script, odd: true)
        var configuration = HTTPClient.Configuration()
        if let tracer { configuration.tracing.tracer = tracer }
        let client = HTTPClient(configuration: configuration)
        try await FaultlineSDK.withIsolationScope(Scope()) { _ in
            try await FaultlineSDK.withTransaction(name: "a", operation: "b") { _ in
                try await body(client, "http://me:word@127.0.0.1:\(server.port)/orders/17?token=1#x")
            }
            FaultlineSDK.captureMessage("done")
        }
        try await client.shutdown()
        await server.stop()
        let crumbs = await end().first?.breadcrumbs.compactMap(\.objectValue) ?? []
        return (server.requests, Event(fields: try #require(payloads("transaction").first)), crumbs)
    }

    @Test(arguments: [true, false])
    func `a traced request is a span, a breadcrumb, and headers that name the span`(isAsync: Bool) async throws {
        let (requests, transaction, crumbs) = try await call { client, url in
            if isAsync {
                var request = HTTPClientRequest(url: url)
                request.headers.add(name: "baggage", value: "other=1, sentry-release=old")
                request.headers.add(name: "Sentry-Trace", value: "stale")
                let response = try await client.executeTraced(request, timeout: .seconds(60))
                #expect(response.status == .notFound)
            } else {
                var request = try HTTPClient.Request(url: url)
                request.headers.add(name: "baggage", value: "other=1, sentry-release=old")
                request.headers.add(name: "Sentry-Trace", value: "stale")
                #expect(try await client.executeTraced(request: request).get().status == .notFound)
            }
        }
        let span = try #require(transaction.fields["spans"]?.arrayValue?.first?.objectValue)
        let data = try #require(span["data"]?.objectValue), url = try #require(data["url"]?.stringValue)
        #expect(url.hasPrefix("http://127.0.0.1:") && url.hasSuffix("/orders/17"))
        #expect(span["op"] == "http.client" && span["description"] == .string("GET \(url)"))
        #expect(span["status"] == "not_found" && data["http.response.status_code"] == 404)
        #expect(data["http.request.method"] == "GET" && data["server.address"] == "127.0.0.1")
        #expect(data["server.port"] != nil)

        let headers = try #require(requests.first?.headers)
        let trace = try #require(transaction.contexts["trace"]?.objectValue?["trace_id"]?.stringValue)
        #expect(headers["sentry-trace"] == "\(trace)-\(span["span_id"]?.stringValue ?? "")-1")
        let baggage = try #require(headers["baggage"])
        #expect(baggage.contains("other=1") && baggage.contains("sentry-trace_id=\(trace)"))
        #expect(!baggage.contains("old"))

        let crumb = try #require(crumbs.first)
        #expect(crumbs.count == 1 && crumb["type"] == "http" && crumb["category"] == "http")
        #expect(crumb["level"] == "warning")
        #expect(
            crumb["data"]?.objectValue
                == ["url": .string(url), "method": "GET", "status_code": 404, "reason": "Not Found"])
    }

    @Test func `a request that fails is a span that failed, and its error is the client's`() async throws {
        let (_, transaction, crumbs) = try await call(.silence) { client, url in
            await #expect(throws: HTTPClientError.deadlineExceeded) {
                _ = try await client.executeTraced(HTTPClientRequest(url: url), timeout: .milliseconds(100))
            }
        }
        let span = try #require(transaction.fields["spans"]?.arrayValue?.first?.objectValue)
        #expect(span["status"] == "deadline_exceeded")
        #expect(crumbs.map { $0["level"] } == ["error"])
    }

    @Test func `with Faultline's tracer each request is one span, and carries the trace once`() async throws {
        let (requests, transaction, crumbs) = try await call(tracer: FaultlineTracer()) { client, url in
            _ = try await client.executeTraced(HTTPClientRequest(url: url), timeout: .seconds(60))
            _ = try await client.executeTraced(request: HTTPClient.Request(url: url)).get()
        }
        let spans = (transaction.fields["spans"]?.arrayValue ?? []).compactMap(\.objectValue)
        #expect(spans.map { $0["op"] } == ["http.client", "http.client"])
        #expect(spans.map { $0["status"] } == ["not_found", "not_found"])
        #expect(crumbs.count == 2)
        let ids = spans.map { "\($0["trace_id"]?.stringValue ?? "")-\($0["span_id"]?.stringValue ?? "")-1" }
        #expect(requests.map { $0.headers["sentry-trace"] } == ids)
    }

    @Test func `another tracer's client says by itself which of its spans calls`() async throws {
        let (requests, transaction, _) = try await call(tracer: PaperTracer()) { client, url in
            _ = try await client.executeTraced(HTTPClientRequest(url: url), timeout: .seconds(60))
        }
        let headers = try #require(requests.first?.headers)
        let trace = try #require(transaction.contexts["trace"]?.objectValue?["trace_id"]?.stringValue)
        #expect(headers["traceparent"] == "00-1234567890abcdef1234567890abcdef-0000000000000001-01")
        #expect(headers["sentry-trace"]?.hasPrefix(trace) == true)
    }

    @Test func `headers of any request carry the trace on, where the URL is named`() async {
        start { $0.tracePropagationTargets = ["shop.example.com"] }
        var headers = HTTPHeaders([("sentry-trace", "stale")])
        headers.setFaultlineTrace(for: "https://other.example.com/")
        #expect(headers["sentry-trace"] == ["stale"])
        headers.setFaultlineTrace(for: "https://shop.example.com/")
        #expect(headers["sentry-trace"] == [FaultlineSDK.sentryTrace])
        await FaultlineSDK.close()
        headers.setFaultlineTrace(for: "https://shop.example.com/x")
        #expect(headers["sentry-trace"].count == 1)
    }
}
