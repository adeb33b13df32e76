// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

/// Spans as a service writes them.
extension FaultlineSDKTests {
    private struct Refusal: Error {}

    private func start(rate: Double?) {
        var options = Options()
        options.dsn = "https://key@errors.example.com/7"
        options.cacheDirectory = directory.path
        options.serviceName = "sdk-tests"
        options.crashHandlers = false
        options.autoSessionTracking = false
        options.tracesSampleRate = rate
        options.propagateTraceparent = true
        options.logger = recorder.logger
        FaultlineSDK.start(options, transport: transport)
    }

    private func events(_ type: String) -> [Event] {
        transport.envelopes.flatMap(\.items).filter { $0.type == type }
            .compactMap { try? JSONValue(parsing: $0.payload) }.compactMap(\.objectValue).map { Event(fields: $0) }
    }

    @Test func `a request's transaction, its spans and its error are one trace`() async throws {
        start(rate: 1)
        let headers = [
            (name: "sentry-trace", value: "771a43a4192642f0b136d5159a501700-1234567890abcdef-1"),
            (name: "baggage", value: "sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-public_key=front"),
        ]
        var outgoing: [(name: String, value: String)] = []
        try? await FaultlineSDK.withRequest(method: "GET", route: "/orders/{id}", headers: headers) {
            try await FaultlineSDK.withSpan(operation: "db.query", name: "SELECT", data: ["db.system": "x"]) { span in
                await Task.yield()
                #expect(FaultlineSDK.getCurrentSpan() === span)
                outgoing = FaultlineSDK.propagationHeaders(for: "https://stock.example.com/", baggage: "a=1")
                FaultlineSDK.updateCurrentSpan(data: ["rows": 7])
                FaultlineSDK.captureException(Refusal())
                throw Refusal()
            }
        }
        #expect(FaultlineSDK.getCurrentSpan() == nil)
        #expect(await FaultlineSDK.flush(timeout: .seconds(10)))
        let transaction = try #require(events("transaction").first)
        let span = try #require(transaction.fields["spans"]?.arrayValue?.first?.objectValue)
        let error = try #require(events("event").first)
        let id: JSONValue = "771a43a4192642f0b136d5159a501700"
        let root = try #require(transaction.contexts["trace"]?.objectValue)
        #expect(root["trace_id"] == id && root["parent_span_id"] == "1234567890abcdef")
        #expect(root["status"] == "internal_error" && root["op"] == "http.server" && root["origin"] == "manual")
        #expect(transaction.fields["transaction_info"] == ["source": "route"])
        #expect(transaction.request?.method == "GET")
        #expect(span["parent_span_id"] == root["span_id"] && span["status"] == "internal_error")
        #expect(span["data"] == ["db.system": "x", "rows": 7])
        let trace = try #require(error.contexts["trace"]?.objectValue)
        #expect(trace["trace_id"] == id && trace["span_id"] == span["span_id"])
        #expect(error.transaction == "GET /orders/{id}")
        let headerTexts = outgoing.map(\.value)
        #expect(outgoing.map(\.name) == ["sentry-trace", "baggage", "traceparent"])
        let spanID = try #require(span["span_id"]?.stringValue)
        #expect(headerTexts[0] == "771a43a4192642f0b136d5159a501700-\(spanID)-1")
        #expect(
            headerTexts[1].hasPrefix("a=1,sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-public_key=front"))
        #expect(headerTexts[2] == "00-771a43a4192642f0b136d5159a501700-\(spanID)-01")
        await FaultlineSDK.close(timeout: .seconds(10))
    }

    @Test func `a request without a route is named by its path, and has the status that was told`() async throws {
        start(rate: 1)
        try? FaultlineSDK.withRequest(
            method: "GET", route: nil, url: "https://ada:pw@shop.example.com/orders/17?token=a#b",
            origin: "auto.http.test"
        ) {
            #expect(FaultlineSDK.getCurrentSpan()?.name == "GET /orders/17")
            FaultlineSDK.captureMessage("inside")
            FaultlineSDK.getCurrentSpan()?.setHTTPStatus(404)
            throw Refusal()
        }
        FaultlineSDK.withRequest(method: "GET", route: nil, url: "https://shop.example.com") {}
        FaultlineSDK.withRequest(method: "OPTIONS", route: nil) {
            FaultlineSDK.setTransactionName("OPTIONS *", source: .custom)
        }
        #expect(await FaultlineSDK.flush(timeout: .seconds(10)))
        #expect(events("event").map(\.transaction) == ["GET /orders/17"])
        let transactions = events("transaction")
        #expect(transactions.map(\.transaction) == ["GET /orders/17", "GET /", "OPTIONS *"])
        #expect(
            transactions.map { $0.fields["transaction_info"] } == ["url", "url", "custom"].map { ["source": $0] })
        let root = try #require(transactions.first?.contexts["trace"]?.objectValue)
        #expect(root["status"] == "not_found" && root["origin"] == "auto.http.test")
        await FaultlineSDK.close(timeout: .seconds(10))
    }

    @Test func `a request is no transaction while tracing is off, and one that is not recorded has none outside`() async
    {
        start(rate: nil)
        FaultlineSDK.withRequest(method: "GET", route: "/") { #expect(FaultlineSDK.getCurrentSpan() == nil) }
        await FaultlineSDK.close(timeout: .seconds(10))
        start(rate: 0)
        FaultlineSDK.withRequest(method: "GET", route: "/") {
            #expect(FaultlineSDK.getCurrentSpan()?.isSampled == false)
        }
        #expect(FaultlineSDK.getCurrentSpan() == nil)
        await FaultlineSDK.close(timeout: .seconds(10))
        #expect(events("transaction").isEmpty)
    }

    @Test func `requests to the server that reports go to carry nothing`() async {
        start(rate: 1)
        #expect(FaultlineSDK.propagationHeaders(for: "https://errors.example.com/api/7/envelope/").isEmpty)
        #expect(!FaultlineSDK.propagationHeaders(for: "https://other.example.com/").isEmpty)
        await FaultlineSDK.close(timeout: .seconds(10))
        #expect(FaultlineSDK.propagationHeaders(for: "https://other.example.com/").isEmpty)
    }

    @Test func `without a request each transaction has a trace of its own, and child tasks are in it`() async throws {
        start(rate: 1)
        var ids: [TraceID] = []
        for _ in 0..<2 {
            await FaultlineSDK.withTransaction(name: "job", operation: "task") { root in
                ids.append(root.traceID)
                await withTaskGroup(of: Bool.self) { group in
                    group.addTask { FaultlineSDK.startSpan(operation: "step").parentSpanID == root.spanID }
                    for await isInside in group { #expect(isInside) }
                }
                FaultlineSDK.setTransactionName("nightly", source: .task)
            }
        }
        #expect(ids.count == 2 && ids[0] != ids[1])
        #expect(await FaultlineSDK.flush(timeout: .seconds(10)))
        #expect(events("transaction").map(\.transaction) == ["nightly", "nightly"])
        await FaultlineSDK.close(timeout: .seconds(10))
    }

    @Test func `each job in an isolation scope of its own has a trace of its own`() async {
        start(rate: 1)
        var ids: [TraceID] = []
        for _ in 0..<2 {
            FaultlineSDK.withIsolationScope { _ in
                FaultlineSDK.withTransaction(name: "job", operation: "task") { ids.append($0.traceID) }
            }
        }
        FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.startNewTrace()
            for _ in 0..<2 { FaultlineSDK.withTransaction(name: "step", operation: "task") { ids.append($0.traceID) } }
        }
        #expect(Set(ids).count == 3 && ids[2] == ids[3])
        await FaultlineSDK.close(timeout: .seconds(10))
    }

    @Test func `a request inside of a transaction knows nothing of it`() async throws {
        start(rate: 1)
        let outer = FaultlineSDK.withTransaction(name: "serve", operation: "task") { span in
            FaultlineSDK.withRequest(method: "GET", route: "/orders") {
                #expect(FaultlineSDK.getCurrentSpan()?.parentSpanID == nil)
                FaultlineSDK.captureMessage("inside")
            }
            return span.traceID.description
        }
        #expect(await FaultlineSDK.flush(timeout: .seconds(10)))
        let event = try #require(events("event").first)
        #expect(event.transaction == "GET /orders")
        let id = event.contexts["trace"]?.objectValue?["trace_id"]
        #expect(id != nil && id != .string(outer))
        let envelope = transport.envelopes.first { $0.items.first?.type == "event" }
        #expect(envelope?.header["trace"]?.objectValue?["trace_id"] == id)
        await FaultlineSDK.close(timeout: .seconds(10))
    }

    @Test func `a transaction that is handed on is current where it is made so, and is finished by its owner`()
        async throws
    {
        start(rate: 1)
        let root = FaultlineSDK.startTransaction(name: "import", operation: "task")
        #expect(FaultlineSDK.getCurrentSpan() == nil)
        FaultlineSDK.withSpan(root) { _ in
            FaultlineSDK.currentScope.setTag("inside", "1")
            #expect(FaultlineSDK.getCurrentSpan() === root)
        }
        #expect(root.finish() != nil)
        #expect(await FaultlineSDK.flush(timeout: .seconds(10)))
        #expect(events("transaction").first?.tags["inside"] == "1")
        await FaultlineSDK.close(timeout: .seconds(10))
    }

    @Test func `before the start and after the end spans are harmless, and closures run`() async throws {
        func use() throws {
            let root = FaultlineSDK.startTransaction(name: "a", operation: "b", sampled: true)
            #expect(root.startChild(operation: "c").finish() == nil)
            #expect(root.finish() == nil && !root.isSampled)
            #expect(FaultlineSDK.withTransaction(name: "a", operation: "b") { _ in 7 } == 7)
            #expect(throws: Refusal.self) { try FaultlineSDK.withSpan(operation: "c") { _ in throw Refusal() } }
            FaultlineSDK.updateCurrentSpan(name: "nobody")
        }
        try use()
        start(rate: 1)
        await FaultlineSDK.close(timeout: .seconds(10))
        try use()
        #expect(transport.envelopes.isEmpty)
    }

    /// What a crash would tell here: the trace's span, and the name.
    private static var boxed: (span: JSONValue?, name: JSONValue?) {
        let handles = Scopes.handles
        let said = BlackBox.text(
            of: [BlackBox.global, handles.isolation, handles.current], kinds: [.contexts, .transaction]
        ).fields
        return (said["contexts"]?.objectValue?["trace"]?.objectValue?["span_id"], said["transaction"])
    }

    @Test func `a request has its name also where the process has one, and tracing is off`() async {
        start(rate: nil)
        FaultlineSDK.setTransactionName("worker")
        FaultlineSDK.withRequest(method: "GET", route: "/orders") { #expect(Self.boxed.name == "GET /orders") }
        FaultlineSDK.withRequest(method: "GET", route: nil) { #expect(Self.boxed.name == nil) }
        #expect(Self.boxed.name == "worker")
        FaultlineSDK.setTransactionName(nil)
        FaultlineSDK.withRequest(method: "GET", route: "/orders") { #expect(Self.boxed.name == "GET /orders") }
        await FaultlineSDK.close()
    }

    @Test(arguments: [0.0, 1.0])
    func `whatever is done to a request's isolation scope, a crash has the transaction's trace`(rate: Double)
        async throws
    {
        start(rate: rate)
        FaultlineSDK.setTransactionName("worker")
        defer { FaultlineSDK.setTransactionName(nil) }
        try FaultlineSDK.withRequest(method: "GET", route: "/orders") {
            let root = try #require(FaultlineSDK.getCurrentSpan())
            func expect(_ name: JSONValue) {
                #expect(Self.boxed.span == .string(root.spanID.description) && Self.boxed.name == name)
            }
            expect("GET /orders")
            FaultlineSDK.withIsolationScope(FaultlineSDK.isolationScope) { _ in expect("GET /orders") }
            FaultlineSDK.startNewTrace()
            expect("GET /orders")
            FaultlineSDK.isolationScope.clear()
            expect("GET /orders")
            FaultlineSDK.setTransactionName("one")
            root.setName("two")
            expect("two")
            try FaultlineSDK.withRequest(method: "GET", route: "/inner") {
                let inner = try #require(FaultlineSDK.getCurrentSpan())
                #expect(inner !== root && Self.boxed.span == .string(inner.spanID.description))
                #expect(Self.boxed.name == "GET /inner")
            }
            expect("two")
        }
        await FaultlineSDK.close()
    }
}
