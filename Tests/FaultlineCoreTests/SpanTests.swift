// SPDX-License-Identifier: Apache-2.0

import FaultlineFiles
import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct SpanTests {
    private struct Refusal: Error {}

    private static func traced(_ configure: (inout Options) -> Void = { _ in }) throws -> VectorClient {
        try VectorClient {
            $0.tracesSampleRate = 1
            configure(&$0)
        }
    }

    private static func start(_ server: VectorClient, _ name: String = "GET /orders/{id}") -> Span {
        FaultlineSDK.withIsolationScope(Scope()) { _ in
            server.client.startTransaction(
                Transaction.Label(name: name, source: .route), operation: "http.server", origin: "manual", sampled: nil,
                custom: [:], in: Scopes.bound.isolation, Scopes.bound.current)
        }
    }

    private static func spans(_ event: Event) -> [Fields] {
        (event.fields["spans"]?.arrayValue ?? []).compactMap(\.objectValue)
    }

    @Test func `a transaction tells its spans, what was said of them, and how long they took`() async throws {
        let server = try Self.traced()
        let root = Self.start(server)
        let query = root.startChild(operation: "db.query", name: "SELECT orders")
        query.setData("db.system", "postgresql")
        query.setTag("shard", "7")
        let inner = query.startChild(operation: "db.fetch")
        inner.setStatus(.notFound)
        inner.finish()
        query.finish()
        root.setHTTPStatus(404)
        root.setMeasurement("rows", 3)
        root.setContext("cart", ["items": 2])
        let id = root.finish()
        let event = try #require(await server.sent())
        #expect(event.eventID == id && id != nil)
        #expect(event.fields["transaction"] == "GET /orders/{id}")
        #expect(event.fields["transaction_info"] == ["source": "route"])
        #expect(event.fields["measurements"] == ["rows": ["value": 3.0, "unit": ""]])
        #expect(event.tags["http.status_code"] == "404")
        #expect(event.contexts["response"] == ["status_code": 404])
        #expect(event.contexts["cart"] == ["items": 2])
        let trace = try #require(event.contexts["trace"]?.objectValue)
        #expect(trace["op"] == "http.server" && trace["status"] == "not_found")
        #expect(trace["trace_id"] == .string(root.traceID.description))
        let spans = Self.spans(event)
        #expect(spans.map { $0["op"] } == ["db.query", "db.fetch"])
        #expect(spans.map { $0["parent_span_id"]?.stringValue } == [root.spanID.description, query.spanID.description])
        #expect(spans.first?["description"] == "SELECT orders")
        #expect(spans.first?["data"] == ["db.system": "postgresql"])
        #expect(spans.first?["tags"] == ["shard": "7"])
        #expect(spans.last?["status"] == "not_found")
        let times = try spans.map { span in
            let start = try #require(span["start_timestamp"].flatMap { Timestamp($0) })
            return (start, try #require(span["timestamp"].flatMap { Timestamp($0) }))
        }
        let begun = try #require(event.fields["start_timestamp"].flatMap { Timestamp($0) })
        #expect(begun <= times[0].0 && times[0].0 <= times[1].0)
        #expect(times[1].1 <= times[0].1)
        #expect(times[0].1 <= (try #require(event.timestamp)))
    }

    @Test func `what comes after the end changes nothing`() async throws {
        let server = try Self.traced()
        let root = Self.start(server)
        let child = root.startChild(operation: "step")
        child.finish()
        child.setStatus(.aborted)
        child.finish()
        #expect(root.finish() != nil)
        #expect(root.finish() == nil)
        root.setTag("late", "1")
        root.startChild(operation: "late").finish()
        let event = try #require(await server.sent())
        #expect(server.transport.envelopes.count == 1)
        #expect(event.spanCount == 1)
        #expect(event.fields["spans"]?.arrayValue?.first?.objectValue?["status"] == nil)
        #expect(event.tags["late"] == nil)
    }

    @Test func `a transaction that nobody finishes is freed with its spans`() throws {
        let server = try Self.traced()
        weak var freed: Transaction?
        do {
            let root = Self.start(server)
            freed = root.transaction
            root.startChild(operation: "one").finish()
            _ = root.startChild(operation: "two")
            #expect(freed != nil)
        }
        #expect(freed == nil)
    }

    @Test func `an end that is told is the end`() async throws {
        let server = try Self.traced()
        let root = Self.start(server)
        let end = Timestamp.now().advanced(by: .seconds(90))
        root.finish(at: end)
        let event = try #require(await server.sent())
        let missed = abs(try #require(event.timestamp).secondsSince1970 - end.secondsSince1970)
        #expect(missed < 0.000_01)
    }

    @Test func `an end before the start is the start`() async throws {
        let server = try Self.traced()
        Self.start(server).finish(at: Timestamp(seconds: .min))
        let event = try #require(await server.sent())
        #expect(event.timestamp == event.fields["start_timestamp"].flatMap { Timestamp($0) })
    }

    @Test func `scopes and the hook for transactions see it, those for errors do not`() async throws {
        let server = try Self.traced {
            $0.beforeSend = { _, _ in nil }
            $0.beforeSendTransaction = { event, _ in
                var event = event
                event.fields["transaction"] = "renamed"
                return event
            }
        }
        let id = FaultlineSDK.withIsolationScope(Scope()) { scope in
            scope.setTag("zone", "eu")
            scope.addBreadcrumb(Breadcrumb(message: "of errors only"))
            return server.client.startTransaction(
                Transaction.Label(name: "a", source: .task), operation: "task", origin: "manual", sampled: nil,
                custom: [:],
                in: Scopes.bound.isolation, Scopes.bound.current
            ).finish()
        }
        let event = try #require(await server.sent())
        #expect(event.eventID == id)
        #expect(event.fields["transaction"] == "renamed")
        #expect(event.tags["zone"] == "eu")
        #expect(event.breadcrumbs.isEmpty)
    }

    @Test func `a transaction of an ignored name is counted and not sent`() async throws {
        let server = try Self.traced { $0.ignoreTransactions = ["GET /health"] }
        #expect(Self.start(server, "GET /health").finish() == nil)
        #expect(server.report == [["event_processor", "span", 1], ["event_processor", "transaction", 1]])
        #expect(await server.sent() == nil)
    }

    @Test func `an error in a span carries the span's trace, with a hook and without`() async throws {
        for hooked in [false, true] {
            let server = try Self.traced { if hooked { $0.beforeSend = { event, _ in event } } }
            let root = Self.start(server)
            let child = root.startChild(operation: "db.query", name: "SELECT")
            let scopes = Scopes.bound.with(child)
            let id = Scopes.$bound.withValue(scopes) { server.client.captureException(Refusal()) }
            let event = try #require(await server.sent())
            #expect(event.eventID == id)
            let trace = try #require(event.contexts["trace"]?.objectValue)
            #expect(trace["trace_id"] == .string(root.traceID.description))
            #expect(trace["span_id"] == .string(child.spanID.description))
            #expect(trace["parent_span_id"] == .string(root.spanID.description))
            #expect(trace["op"] == "db.query")
            let header = server.transport.envelopes.first?.header["trace"]?.objectValue
            #expect(header?["trace_id"] == trace["trace_id"])
            #expect(header?["transaction"] == "GET /orders/{id}" && header?["sampled"] == "true")
        }
    }

    @Test func `where tracing is off nothing is sent, and a trace that came in goes on as it came`() async throws {
        let server = try VectorClient()
        let headers = [
            (name: "Sentry-Trace", value: "771a43a4192642f0b136d5159a501700-1234567890abcdef-1"),
            (
                name: "baggage",
                value: "other=1,sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-public_key=front"
            ),
        ]
        let scopes = Scopes(isolation: Scope(), current: Scope())
        scopes.isolation.continueTrace(try #require(PropagationContext(headers: headers, server.client)))
        let outgoing = server.client.propagationHeaders(for: "https://a.example", baggage: nil, EventTrace(scopes))
        #expect(outgoing.first?.value.hasPrefix("771a43a4192642f0b136d5159a501700-") == true)
        #expect(outgoing.first?.value.hasSuffix("-1") == true)
        #expect(outgoing.first?.value.contains("1234567890abcdef") == false)
        let baggage = try #require(outgoing.last?.value)
        #expect(baggage.contains("sentry-public_key=front") && !baggage.contains("other"))

        let fresh = Scopes(isolation: Scope(), current: Scope())
        let begun = server.client.propagationHeaders(for: "https://a.example", baggage: nil, EventTrace(fresh))
        #expect(begun.first?.value.split(separator: "-").count == 2)
        #expect(begun.last?.value.contains("sampled") == false && begun.last?.value.contains("sample_rate") == false)

        let span = server.client.startTransaction(
            Transaction.Label(name: "a", source: .custom), operation: "b", origin: "manual", sampled: true, custom: [:],
            in: scopes.isolation, scopes.current)
        #expect(!span.isSampled && span.startChild(operation: "c").finish() == nil && span.finish() == nil)
        #expect(server.report.isEmpty)
        #expect(await server.sent() == nil)
    }

    @Test func `a child that has not ended is left out, counted and told`() async throws {
        let server = try Self.traced()
        let root = Self.start(server)
        root.startChild(operation: "done").finish()
        let late = root.startChild(operation: "late")
        root.finish()
        late.finish()
        #expect(server.report == [["buffer_overflow", "span", 1]])
        let event = try #require(await server.sent())
        #expect(Self.spans(event).map { $0["op"] } == ["done"])
        #expect(event.fields["_meta"]?.objectValue?["spans"]?.objectValue?[""] == ["len": 2])
    }

    @Test func `secrets in the data of a root span are filtered as in those of the others`() async throws {
        let server = try Self.traced()
        let root = Self.start(server)
        root.setData("password", "one")
        let child = root.startChild(operation: "step")
        child.setData("password", "two")
        child.finish()
        root.finish()
        let event = try #require(await server.sent())
        #expect(event.contexts["trace"]?.objectValue?["data"] == ["password": "[Filtered]"])
        #expect(Self.spans(event).first?["data"] == ["password": "[Filtered]"])
    }

    @Test func `one that is not recorded says so to other services`() throws {
        let server = try Self.traced { $0.tracesSampleRate = 0 }
        let root = Self.start(server)
        let trace = EventTrace(Scopes.root.with(root))
        #expect(trace.sentryTrace == "\(root.traceID)-\(root.spanID)-0")
        #expect(trace.samplingContext(server.client.facts)["sampled"] == "false")
        #expect(root.finish() == nil)
    }

    @Test func `what was told of a trace is told again after another name`() throws {
        let server = try Self.traced()
        let root = Self.start(server, "first")
        let told = EventTrace(Scopes.root.with(root)).samplingContext(server.client.facts)
        root.setName("second", source: .route)
        #expect(told["transaction"] == "first")
        #expect(EventTrace(Scopes.root.with(root)).samplingContext(server.client.facts) == told)
        #expect(root.name == "second")
        root.finish()
    }

    @Test func `baggage that is too long is not made longer`() {
        let ours = "sentry-trace_id=1," + String(repeating: "x", count: 8000)
        #expect(Baggage.merged("a=" + String(repeating: "y", count: 300), with: ours).hasPrefix("a=y"))
        #expect(Baggage.merged("a=" + String(repeating: "y", count: 300), with: ours).count == 302)
        let hostile = String(repeating: "sentry-a=%F0%9F%90%B6,", count: 100_000)
        #expect(Baggage.sentryMembers(of: hostile)["a"] != nil)
    }

    @Test func `a thousand children of many tasks are all there`() async throws {
        let server = try Self.traced()
        let root = Self.start(server)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<10 {
                group.addTask {
                    for number in 0..<100 { root.startChild(operation: "step", name: "\(task).\(number)").finish() }
                }
            }
        }
        root.finish()
        let event = try #require(await server.sent())
        let spans = Self.spans(event)
        #expect(Set(spans.compactMap { $0["description"]?.stringValue }).count == 1000)
        #expect(Set(spans.compactMap { $0["span_id"]?.stringValue }).count == 1000)
    }

    @Test func `the rate is halved while the queue is full, and is back with the first look that finds it well`() {
        let backpressure = Backpressure()
        let start = MonotonicClock.now
        func factor(after seconds: Int, isHealthy: Bool) -> Int {
            backpressure.factor(now: start + UInt64(seconds) * 1_000_000_000) { isHealthy }
        }
        #expect(factor(after: 0, isHealthy: false) == 0)
        #expect(factor(after: 9, isHealthy: false) == 0)
        for look in 1...12 { #expect(factor(after: 10 * look, isHealthy: false) == min(look, 10)) }
        #expect(factor(after: 121, isHealthy: true) == 10)
        #expect(factor(after: 130, isHealthy: true) == 0)
    }

    @Test func `no transaction is put together for a full queue, and it is counted with its spans`() throws {
        let calls = Counter()
        var options = Options()
        options.dsn = "https://key@o42.example.com/7"
        options.tracesSampleRate = 1
        options.transportQueueSize = 1
        options.ignoreTransactions = ["GET /health"]
        options.beforeSendTransaction = { event, _ in
            calls.increase()
            return event
        }
        let (checked, dsn, _) = options.resolved(environment: { _ in nil })
        // Its sender is never started: the queue stays as it is.
        let client = Client(options: checked, dsn: dsn, transport: KeptTransport(), outbox: nil, random: { 0 })
        #expect(client.captureMessage("fills the queue") != nil)
        func finish(_ name: String) -> EventID? {
            let root = client.startTransaction(
                Transaction.Label(name: name, source: .custom), operation: "task", origin: "manual", sampled: nil,
                custom: [:], in: Scope(), Scope())
            for _ in 0..<2 { root.startChild(operation: "step").finish() }
            return root.finish()
        }
        #expect(finish("GET /orders") == nil)
        #expect(client.sender.reports.rows == ["queue_overflow span 3", "queue_overflow transaction 1"])
        #expect(client.sender.state.withLock(\.overflowed) == 1 && calls.value == 0)
        _ = client.sender.reports.take()
        #expect(finish("GET /health") == nil)
        #expect(client.sender.reports.rows == ["event_processor span 3", "event_processor transaction 1"])
    }

    @Test func `what has just been keeps its place where the system's clock was set`() {
        let before = MonotonicClock.now
        let clock = TransactionClock(now: .now().advanced(by: .seconds(3600)), monotonic: before)
        let earlier = Timestamp.now(), later = earlier.advanced(by: .microseconds(-60))
        let end = clock.monotonic(earlier), start = clock.monotonic(later)
        #expect(end >= before && end <= MonotonicClock.now)
        #expect(end - start > 30_000 && end > start)
        // What was long ago is told by the clock of the start.
        #expect(clock.monotonic(Timestamp.now().advanced(by: .seconds(7200))) > before + 3_000_000_000_000)
    }
}
