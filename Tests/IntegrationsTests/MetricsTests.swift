// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import FaultlineCore
import FaultlineMetrics
import Testing

extension IntegrationsTests {
    /// All metrics that were sent.
    private func metrics() -> [Fields] {
        payloads("trace_metric").flatMap { $0["items"]?.arrayValue?.compactMap(\.objectValue) ?? [] }
    }

    private func lost() -> [JSONValue] {
        payloads("client_report").flatMap { $0["discarded_events"]?.arrayValue ?? [] }
    }

    private func close() async { await FaultlineSDK.close(timeout: .seconds(60)) }

    private func flush() async { await FaultlineSDK.flush(timeout: .seconds(60)) }

    @Test func `a thousand increments are one counter, its dimensions attributes`() async throws {
        start { $0.release = "shop@1.4.2" }
        let factory = FaultlineMetricsFactory()
        for _ in 0..<1000 {
            // As a middleware does: a counter for each request.
            Counter(label: "orders", dimensions: [("zone", "eu"), ("kind", "tea")], factory: factory).increment()
        }
        Counter(label: "orders", dimensions: [("kind", "tea"), ("zone", "eu")], factory: factory).increment(by: 24)
        Counter(label: "orders", dimensions: [("zone", "us")], factory: factory).increment()
        let weight = FloatingPointCounter(label: "weight", factory: factory)
        weight.increment(by: 0.5)
        weight.increment(by: 0.75)
        await close()
        let metrics = metrics().sorted { ($0["value"]?.doubleValue ?? 0) > ($1["value"]?.doubleValue ?? 0) }
        #expect(metrics.map { $0["name"] } == ["orders", "weight", "orders"])
        #expect(metrics.map { $0["value"]?.doubleValue } == [1024, 1.25, 1])
        #expect(metrics.allSatisfy { $0["type"] == "counter" && $0["unit"] == nil })
        let attributes = try #require(metrics.first?["attributes"]?.objectValue)
        #expect(attributes["zone"] == ["value": "eu", "type": "string"])
        #expect(attributes["kind"] == ["value": "tea", "type": "string"])
        #expect(attributes["sentry.release"] == ["value": "shop@1.4.2", "type": "string"])
    }

    @Test func `of concurrent increments, flushes among them, none is lost or told twice`() async {
        start()
        let factory = FaultlineMetricsFactory()
        let counter = Counter(label: "n", factory: factory)
        let fractions = FloatingPointCounter(label: "f", factory: factory)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for step in 0..<20_000 {
                        counter.increment()
                        fractions.increment(by: 0.25)
                        if step % 1000 == 0 { await Task.yield() }
                    }
                }
            }
            group.addTask { for _ in 0..<50 { await self.flush() } }
        }
        await close()
        func sum(_ name: JSONValue) -> Double {
            metrics().filter { $0["name"] == name }.reduce(0) { $0 + ($1["value"]?.doubleValue ?? 0) }
        }
        #expect(sum("n") == 80_000)
        #expect(sum("f") == 20_000)
    }

    @Test func `a gauge is its newest value, told once where it was set`() async {
        start()
        let factory = FaultlineMetricsFactory()
        let gauge = Gauge(label: "queue", factory: factory)
        let meter = Meter(label: "active", factory: factory)
        for length in [9, 4, 7] { gauge.record(length) }
        meter.set(5)
        meter.increment(by: 2)
        meter.decrement()
        await flush()
        await flush()
        #expect(Set(metrics().map { $0["value"]?.doubleValue }) == [7, 6] && metrics().count == 2)
        #expect(metrics().allSatisfy { $0["type"] == "gauge" })
        meter.decrement()
        await close()
        #expect(metrics().count == 3 && metrics().last?["value"] == 5.0)
    }

    @Test func `a meter that is made for each request adds to what is left`() async {
        start()
        let factory = FaultlineMetricsFactory()
        Meter(label: "active", factory: factory).increment(by: 2)
        await flush()
        await flush()
        Meter(label: "active", factory: factory).decrement()
        await close()
        #expect(metrics().map { $0["value"]?.doubleValue } == [2, 1])
    }

    @Test func `a meter that one has destroyed and another goes on with keeps its value`() async {
        start()
        let factory = FaultlineMetricsFactory()
        do {
            let meter = Meter(label: "active", factory: factory)
            meter.increment(by: 2)
            Meter(label: "active", factory: factory).destroy()
            meter.increment()
        }
        await flush()
        await flush()
        Meter(label: "active", factory: factory).decrement()
        await close()
        #expect(metrics().map { $0["value"]?.doubleValue } == [3, 2])
    }

    @Test func `recorders and timers keep each value, with its trace and unit`() async throws {
        start { $0.tracesSampleRate = 1 }
        let factory = FaultlineMetricsFactory()
        let span = FaultlineSDK.withTransaction(name: "a", operation: "b") { span in
            Recorder(label: "size", factory: factory).record(12.5)
            return span
        }
        Timer(label: "time", factory: factory).recordMilliseconds(3)
        Timer(label: "shown", preferredDisplayUnit: .milliseconds, factory: factory).recordNanoseconds(1_500_000)
        await close()
        let metrics = Dictionary(uniqueKeysWithValues: metrics().map { ($0["name"]?.stringValue ?? "", $0) })
        let size = try #require(metrics["size"])
        #expect(size["type"] == "distribution" && size["value"] == 12.5 && size["unit"] == nil)
        #expect(size["trace_id"] == .string(span.traceID.description))
        #expect(size["span_id"] == .string(span.spanID.description))
        #expect(metrics["time"]?["value"] == 3_000_000.0 && metrics["time"]?["unit"] == "nanosecond")
        #expect(metrics["shown"]?["value"] == 1.5 && metrics["shown"]?["unit"] == "millisecond")
        #expect(metrics["time"]?["span_id"] == nil)
    }

    @Test func `what is flushed in a request is not the request's`() async throws {
        start()
        let counter = Counter(label: "n", factory: FaultlineMetricsFactory())
        var request = ""
        try await FaultlineSDK.withRequest(method: "GET", route: "/") {
            request = FaultlineSDK.runningTrace.traceID.description
            FaultlineSDK.setAttribute("tenant", "acme")
            counter.increment()
            await flush()
            let metric = try #require(metrics().first)
            #expect(metric["trace_id"]?.stringValue?.count == 32 && metric["trace_id"] != .string(request))
            #expect(metric["attributes"]?.objectValue?["tenant"] == nil)
        }
        #expect(FaultlineSDK.runningTrace.traceID.description == metrics().first?["trace_id"]?.stringValue)
        await close()
    }

    @Test(arguments: [false, true])
    func `what is measured while nothing is told is told never`(isRunning: Bool) async {
        if isRunning { start { $0.enableMetrics = false } }
        let factory = FaultlineMetricsFactory()
        let counter = Counter(label: "n", factory: factory), gauge = Gauge(label: "g", factory: factory)
        let timer = Timer(label: "t", factory: factory)
        counter.increment()
        gauge.record(1)
        timer.recordSeconds(1)
        await close()
        start()
        await close()
        #expect(metrics().isEmpty)
    }

    @Test func `no number traps, and none that is not finite is told`() async {
        start()
        let factory = FaultlineMetricsFactory()
        let counter = Counter(label: "n", factory: factory)
        for _ in 0..<3 { counter.increment(by: Int64.max) }
        let negative = Counter(label: "negative", factory: factory)
        for _ in 0..<3 { negative.increment(by: Int64.min) }
        let fractions = FloatingPointCounter(label: "f", factory: factory)
        let meter = Meter(label: "m", factory: factory)
        let recorder = Recorder(label: "r", factory: factory)
        for odd in [Double.nan, .infinity, -.infinity] {
            fractions.increment(by: odd)
            meter.set(odd)
            meter.increment(by: odd)
            recorder.record(odd)
        }
        for _ in 0..<3 { fractions.increment(by: Double.greatestFiniteMagnitude) }
        meter.set(Int64.min)
        recorder.record(Int64.max)
        Timer(label: "t", factory: factory).recordNanoseconds(Int64.min)
        await close()
        let values = Dictionary(
            uniqueKeysWithValues: metrics().map { ($0["name"]?.stringValue ?? "", $0["value"]?.doubleValue) })
        #expect(values["n"] == Double(Int64.max) && values["negative"] == Double(Int64.min))
        #expect(values["f"] == Double.greatestFiniteMagnitude)
        #expect(values["m"] == Double(Int64.min) && values["r"] == Double(Int64.max))
        #expect(values["t"] == Double(Int64.min) && values.count == 6)
    }

    @Test func `of many values as many as there is room for are told, by chance, and the rest counted`() async {
        start()
        let recorder = Recorder(label: "r", factory: FaultlineMetricsFactory(maxValues: 50))
        for value in 0..<10_000 { recorder.record(value) }
        await close()
        let values = metrics().compactMap { $0["value"]?.doubleValue }
        #expect(values.count == 50 && Set(values).count == 50)
        // All of one half: once in 10^15 runs.
        #expect(values.contains { $0 < 5000 } && values.contains { $0 >= 5000 })
        #expect(
            lost().contains(["reason": "buffer_overflow", "category": "trace_metric", "quantity": 9950]))
    }

    @Test func `instruments beyond the limit measure nothing, and what nobody holds makes room`() async {
        start()
        let factory = FaultlineMetricsFactory(maxInstruments: 3)
        let held = Counter(label: "held", factory: factory)
        held.increment()
        for number in 0..<5 {
            Counter(label: "n", dimensions: [("id", "\(number)")], factory: factory).increment()
        }
        await flush()
        #expect(metrics().count == 3)
        for number in 5..<7 {
            let meter = Meter(label: "m", dimensions: [("id", "\(number)")], factory: factory)
            meter.set(1)
            meter.destroy()
        }
        await flush()
        #expect(metrics().count == 5)
        for number in 7..<9 { Counter(label: "n", dimensions: [("id", "\(number)")], factory: factory).increment() }
        held.increment()
        await close()
        #expect(metrics().count == 8)
        #expect(lost().contains(["reason": "buffer_overflow", "category": "trace_metric", "quantity": 3]))
    }

    @Test func `beside another factory both see everything, and a destroyed counter's sum is told`() async {
        start()
        let factory = MultiplexMetricsHandler(factories: [
            FaultlineMetricsFactory(), FaultlineMetricsFactory(), NOOPMetricsHandler.instance,
        ])
        let counter = Counter(label: "n", factory: factory)
        counter.increment(by: 2)
        counter.destroy()
        await close()
        #expect(metrics().map { $0["value"]?.doubleValue } == [2, 2])
    }
}
