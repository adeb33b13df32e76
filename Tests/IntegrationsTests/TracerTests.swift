// SPDX-License-Identifier: Apache-2.0

import FaultlineCore
import FaultlineTracing
import InMemoryTracing
import Testing
import Tracing

extension IntegrationsTests {
    private struct Failure: Error {}

    private struct Headers: Injector, Extractor {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    }

    private func startTracing(_ configure: (inout Options) -> Void = { _ in }) {
        start { options in
            options.tracesSampleRate = 1
            configure(&options)
        }
    }

    private func transactions() async -> [Event] { await end("transaction") }

    private func trace(_ event: Event) -> Fields { event.contexts["trace"]?.objectValue ?? [:] }

    private func spans(_ event: Event) -> [Fields] {
        (event.fields["spans"]?.arrayValue ?? []).compactMap(\.objectValue)
    }

    @Test func `spans of the tracer and of the SDK lie within each other as they were begun`() async {
        startTracing()
        let tracer = FaultlineTracer()
        tracer.withSpan("job") { _ in
            #expect(FaultlineSDK.getCurrentSpan()?.name == "job")
            FaultlineSDK.withSpan(operation: "step", name: "ours") { ours in
                #expect(FaultlineSDK.getCurrentSpan() === ours)
                tracer.withSpan("theirs") { _ in
                    #expect(FaultlineSDK.getCurrentSpan()?.parentSpanID == ours.spanID)
                    FaultlineSDK.captureMessage("here")
                }
                #expect(FaultlineSDK.getCurrentSpan() === ours)
            }
            let kept = tracer.startSpan("kept")
            ServiceContext.$current.withValue(nil) {
                // What a library begins from a context that it kept is within that one.
                tracer.withSpan("late", context: kept.context) { _ in }
            }
            kept.end()
        }
        #expect(FaultlineSDK.getCurrentSpan() == nil)
        let sent = await transactions()
        #expect(sent.count == 1)
        let children = sent.first.map(spans) ?? []
        let ids = Dictionary(
            uniqueKeysWithValues: children.map {
                ($0["description"]?.stringValue ?? "", $0["span_id"]?.stringValue ?? "")
            })
        #expect(Set(ids.keys) == ["ours", "theirs", "kept", "late"])
        let parents = Dictionary(
            uniqueKeysWithValues: children.map {
                ($0["description"]?.stringValue ?? "", $0["parent_span_id"]?.stringValue ?? "")
            })
        #expect(parents["theirs"] == ids["ours"])
        let root = sent.first.map { trace($0)["span_id"]?.stringValue }
        #expect(parents["ours"] == root)
        #expect(parents["kept"] == root)
        #expect(parents["late"] == ids["kept"])
        let message = payloads("event").first.map { Event(fields: $0) }
        #expect(message.map { trace($0)["span_id"]?.stringValue } == ids["theirs"])
    }

    @Test func `a request within a tracer's span is its own`() async {
        startTracing()
        FaultlineTracer().withSpan("serve") { _ in
            let outside = FaultlineSDK.runningTrace.traceID
            FaultlineSDK.withRequest(method: "GET", route: "/orders") {
                #expect(FaultlineSDK.getCurrentSpan()?.name != "serve")
                #expect(FaultlineSDK.runningTrace.traceID != outside)
            }
            #expect(FaultlineSDK.getCurrentSpan()?.name == "serve")
        }
        _ = await transactions()
    }

    @Test func `attributes say what kind of work it was, and nothing of a person`() async throws {
        startTracing()
        let tracer = FaultlineTracer()
        tracer.withSpan("HTTP GET route not found", ofKind: .server) { span in
            span.attributes["http.request.method"] = "GET"
            span.attributes["url.path"] = "/orders/17"
            span.attributes["url.query"] = "token=1"
            span.attributes["client.address"] = "192.0.2.1"
            tracer.withSpan("GET", ofKind: .client) { client in
                client.attributes["http.request.method"] = "GET"
                client.attributes["url.full"] = "https://ada:secret@stock.example.com/a?b=c"
                client.attributes["http.response.status_code"] = 503
            }
            tracer.withSpan("query", ofKind: .client) { query in
                query.attributes["db.system.name"] = "postgresql"
                query.attributes["db.query.text"] = "SELECT 1"
                query.addEvent("retried")
            }
            span.attributes["http.route"] = "/orders/{id}"
            span.attributes["http.response.status_code"] = 200
            FaultlineSDK.captureMessage("done")
        }
        let sent = try #require(await transactions().first)
        #expect(sent.transaction == "GET /orders/{id}")
        #expect(sent.fields["transaction_info"] == ["source": "route"])
        #expect(trace(sent)["op"] == "http.server")
        #expect(trace(sent)["status"] == "ok")
        let children = spans(sent)
        #expect(children.map { $0["op"] } == ["http.client", "db"])
        #expect(children.map { $0["description"] } == ["GET https://stock.example.com/a", "SELECT 1"])
        #expect(children.first?["status"] == "unavailable")
        let text = String(decoding: JSONValue.object(sent.fields).serialized(), as: UTF8.self)
        for secret in ["secret", "b=c", "token=1", "192.0.2.1"] { #expect(!text.contains(secret)) }
        let message = try #require(payloads("event").first)
        #expect(message["breadcrumbs"]?.objectValue?["values"]?.arrayValue?.count == 1)
    }

    @Test func `who throws makes the span fail, and is not captured`() async throws {
        startTracing()
        #expect(throws: Failure.self) { try FaultlineTracer().withSpan("a") { _ in throw Failure() } }
        #expect(throws: CancellationError.self) {
            try FaultlineTracer().withSpan("b") { _ in throw CancellationError() }
        }
        let sent = await transactions()
        #expect(sent.map { trace($0)["status"] } == ["internal_error", "cancelled"])
        #expect(payloads("event").isEmpty)
    }

    @Test func `a trace goes in and out`() async throws {
        startTracing { $0.tracePropagationTargets = ["stock.example.com"] }
        let tracer = FaultlineTracer()
        var context = ServiceContext.topLevel
        let traceID = TraceID(), caller = SpanID()
        tracer.extract(["sentry-trace": "\(traceID)-\(caller)-1"], into: &context, using: Headers())
        tracer.withSpan("handle", context: context, ofKind: .server) { _ in
            tracer.withSpan("GET", ofKind: .client) { span in
                func headers(_ url: String) -> [String: String] {
                    span.attributes["url.full"] = url
                    var headers: [String: String] = [:]
                    tracer.inject(span.context, into: &headers, using: Headers())
                    return headers
                }
                let sent = headers("https://stock.example.com/a")
                #expect(sent["sentry-trace"] == FaultlineSDK.sentryTrace)
                #expect(sent["sentry-trace"]?.hasPrefix("\(traceID)-") == true)
                #expect(headers("https://elsewhere.example.com/a").isEmpty)
            }
        }
        let root = try #require(await transactions().first)
        #expect(trace(root)["trace_id"]?.stringValue == "\(traceID)")
        #expect(trace(root)["parent_span_id"]?.stringValue == "\(caller)")
    }

    @Test func `behind the middleware a tracing one adds to the request's transaction`() async throws {
        startTracing()
        let tracer = FaultlineTracer(), headers = ["sentry-trace": "\(TraceID())-\(SpanID())-1"]
        FaultlineSDK.withRequest(method: "GET", route: "/orders", headers: headers.map { ($0, $1) }) {
            var context = ServiceContext.current ?? .topLevel
            tracer.extract(headers, into: &context, using: Headers())
            tracer.withSpan("handle", context: context, ofKind: .server) { _ in }
        }
        let sent = await transactions()
        #expect(sent.map(\.transaction) == ["GET /orders"])
        #expect(sent.first.map(spans)?.map { $0["description"] } == ["handle"])
    }

    @Test func `a request to others where nothing runs is no transaction, and carries a trace all the same`() async {
        startTracing()
        let tracer = FaultlineTracer()
        tracer.withSpan("GET", ofKind: .client) { span in
            var headers: [String: String] = [:]
            tracer.inject(span.context, into: &headers, using: Headers())
            #expect(headers["sentry-trace"] == FaultlineSDK.sentryTrace)
            // Whether it is recorded is left to the other service.
            #expect(headers["sentry-trace"]?.split(separator: "-").count == 2)
            #expect(FaultlineSDK.getCurrentSpan() == nil)
        }
        #expect(await transactions().isEmpty)
    }

    @Test func `while tracing is off a trace goes through as it came`() async {
        start()
        let tracer = FaultlineTracer()
        let traceID = TraceID()
        var context = ServiceContext.topLevel
        let came = [
            "sentry-trace": "\(traceID)-\(SpanID())-1", "baggage": "sentry-trace_id=\(traceID),sentry-public_key=a",
        ]
        tracer.extract(came, into: &context, using: Headers())
        tracer.withSpan("handle", context: context, ofKind: .server) { _ in
            tracer.withSpan("GET", ofKind: .client) { span in
                var headers: [String: String] = [:]
                tracer.inject(span.context, into: &headers, using: Headers())
                #expect(headers["sentry-trace"]?.hasPrefix("\(traceID)-") == true)
                #expect(headers["sentry-trace"]?.hasSuffix("-1") == true)
                #expect(headers["baggage"]?.contains("sentry-public_key=a") == true)
            }
        }
        #expect(await transactions().isEmpty)
    }

    @Test func `what is not recorded carries its decision where the targets say, and nowhere else`() async {
        startTracing {
            $0.tracesSampleRate = 0
            $0.tracePropagationTargets = ["stock.example.com"]
        }
        let tracer = FaultlineTracer()
        tracer.withSpan("job") { _ in
            tracer.withSpan("GET", ofKind: .client) { span in
                span.attributes["url.full"] = "https://stock.example.com/a"
                var headers: [String: String] = [:]
                tracer.inject(span.context, into: &headers, using: Headers())
                #expect(headers["sentry-trace"]?.hasSuffix("-0") == true)
            }
        }
        #expect(await transactions().isEmpty)
    }

    @Test func `what the service says of the span itself stays`() async throws {
        startTracing()
        FaultlineTracer().withSpan("HTTP GET route not found", ofKind: .server) { span in
            span.attributes["http.request.method"] = "GET"
            span.attributes["http.route"] = "/checkout/{id}"
            FaultlineSDK.setTransactionName("checkout")
            FaultlineSDK.getCurrentSpan()?.setStatus(.notFound)
            span.operationName = "/checkout/{id}"
            span.attributes["http.response.status_code"] = 200
        }
        let sent = try #require(await transactions().first)
        #expect(sent.transaction == "checkout")
        #expect(trace(sent)["status"] == "not_found")
    }

    @Test func `headers and secrets are left out of what attributes say`() async throws {
        startTracing { $0.sendDefaultPII = true }
        FaultlineTracer().withSpan("a") { span in
            span.attributes["url.full"] = "https://ada:hidden@stock.example.com/a?b=c"
            span.attributes["url.query"] = "page=2&token=hidden"
            span.attributes["http.request.header.authorization"] = "hidden"
            span.attributes["http.request.header.accept"] = "shown"
        }
        let sent = try #require(await transactions().first)
        let text = String(decoding: JSONValue.object(sent.fields).serialized(), as: UTF8.self)
        #expect(!text.contains("hidden"))
        #expect(text.contains("page=2"))
        #expect(text.contains("shown"))
    }

    @Test func `another tracer gets each span, too`() async {
        startTracing()
        let other = InMemoryTracer()
        let tracer = FaultlineTracer(alongside: other)
        tracer.withSpan("job") { span in
            span.attributes["lines"] = 3
            tracer.withSpan("step") { _ in }
            var headers: [String: String] = [:]
            tracer.inject(span.context, into: &headers, using: Headers())
            #expect(headers["sentry-trace"] != nil)
            #expect(headers[InMemoryTracer.traceIDKey] != nil)
        }
        let theirs = other.finishedSpans
        #expect(theirs.map(\.operationName) == ["step", "job"])
        #expect(theirs.first?.parentSpanID == theirs.last?.spanID)
        #expect(theirs.last?.attributes.get("lines") == .int64(3))
        #expect(await transactions().map(\.transaction) == ["job"])
    }

    @Test func `spans have the other tracer's ids where that is wanted`() async throws {
        startTracing()
        let tracer = FaultlineTracer(alongside: PaperTracer(), identifiers: .other)
        var context = ServiceContext.topLevel
        let remote = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        tracer.extract(["traceparent": remote], into: &context, using: Headers())
        tracer.withSpan("handle", context: context, ofKind: .server) { span in
            tracer.withSpan("step") { _ in }
            var headers: [String: String] = [:]
            tracer.inject(span.context, into: &headers, using: Headers())
            #expect(headers["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01")
            #expect(headers["sentry-trace"] == "0af7651916cd43dd8448eb211c80319c-0000000000000001-1")
            #expect(headers["baggage"]?.hasPrefix("paper=1,sentry-") == true)
        }
        let root = try #require(await transactions().first)
        #expect(trace(root)["trace_id"] == "0af7651916cd43dd8448eb211c80319c")
        #expect(trace(root)["span_id"] == "0000000000000001")
        #expect(trace(root)["parent_span_id"] == "b7ad6b7169203331")
        #expect(spans(root).map { $0["span_id"] } == ["0000000000000002"])
    }
}
