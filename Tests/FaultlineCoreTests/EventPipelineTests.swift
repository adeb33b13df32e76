// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineProtocol
import Synchronization
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct EventPipelineTests {
    private struct Refusal: Error {}
    private struct StockError: Error { let id: Int }

    /// Notes who ran, in order.
    private final class Steps: Sendable {
        private let stored = Mutex<[String]>([])
        var all: [String] { stored.withLock { $0 } }
        func note(_ step: String) { stored.withLock { $0.append(step) } }
        func processor(_ step: String) -> EventProcessor {
            { [self] event, _ in
                note(step)
                return event
            }
        }
    }

    @Test func `error processors, then those of narrow scopes, then the process's, then the hook`() async throws {
        let steps = Steps()
        let server = try VectorClient { $0.beforeSend = steps.processor("beforeSend") }
        let global = Scope()
        global.addEventProcessor(steps.processor("global"))
        let isolation = Scope()
        isolation.addEventProcessor(steps.processor("isolation"))
        let current = Scope()
        current.addErrorProcessor(for: StockError.self) { event, error in
            steps.note("error \(error.id)")
            return event
        }
        current.addErrorProcessor(for: Refusal.self) { event, _ in
            steps.note("another error")
            return event
        }
        current.addEventProcessor(steps.processor("current"))
        var hint = Hint(error: StockError(id: 7))
        let event = server.client.pipeline.process(
            Event(), &hint, layers: [global, isolation, current], trace: EventTrace(Scopes.root))
        #expect(event != nil)
        #expect(steps.all == ["error 7", "isolation", "current", "global", "beforeSend"])
    }

    @Test func `a processor sees the scopes' data, and what it changes is sent`() async throws {
        let server = try VectorClient()
        FaultlineSDK.withIsolationScope(Scope()) { scope in
            scope.setTag("zone", "eu")
            scope.addEventProcessor { event, hint in
                var event = event
                event.tags["zone"] = event.tags["zone"].map { $0 + "-1" }
                event.tags["hint"] = hint.data["hint"] as? String
                return event
            }
            server.client.captureMessage("hello", hint: Hint(data: ["hint": "seen"]))
        }
        let event = try #require(await server.sent())
        #expect(event.tags == ["zone": "eu-1", "hint": "seen"])
        #expect(event.message == "hello")
        #expect(event.level == .info)
    }

    @Test func `a scope forked from one with a processor has it, the other way round not`() throws {
        let outer = Scope()
        outer.addEventProcessor { event, _ in event }
        let inner = outer.fork(.current)
        inner.addEventProcessor { event, _ in event }
        #expect(inner.hooks?.eventProcessors.count == 2)
        #expect(outer.hooks?.eventProcessors.count == 1)
        #expect(Scope().hooks == nil)
    }

    @Test func `a hook that throws drops the event, and that is counted`() async throws {
        let server = try VectorClient { $0.beforeSend = { _, _ in throw Refusal() } }
        #expect(server.client.captureMessage("hello") == nil)
        #expect(server.report == [["before_send", "error", 1]])
        #expect(await server.sent() == nil)
    }

    @Test func `what is captured inside a processor is left out`() async throws {
        let server = try VectorClient()
        FaultlineSDK.withIsolationScope(Scope()) { scope in
            scope.addEventProcessor { event, _ in
                #expect(server.client.captureMessage("inside") == nil)
                return event
            }
            server.client.captureMessage("outside")
        }
        _ = await server.client.flush(timeout: .seconds(10))
        #expect(server.transport.events.map(\.message) == ["outside"])
    }

    @Test func `a scope that is passed lies over the others`() async throws {
        let server = try VectorClient()
        let passed = Scope()
        passed.setTag("a", "passed")
        passed.setLevel(.fatal)
        FaultlineSDK.withIsolationScope(Scope()) { scope in
            scope.setTag("a", "isolation")
            scope.setTag("b", "isolation")
            server.client.captureMessage("hello", scope: passed)
        }
        let event = try #require(await server.sent())
        #expect(event.tags == ["a": "passed", "b": "isolation"])
        #expect(event.level == .fatal)
    }

    @Test func `a message's own level wins over every scope's`() async throws {
        let server = try VectorClient()
        let passed = Scope()
        passed.setLevel(.fatal)
        for scope in [nil, passed] {
            FaultlineSDK.withIsolationScope(Scope()) {
                $0.setLevel(.error)
                server.client.captureMessage("hello", level: .debug, scope: scope)
            }
        }
        _ = await server.client.flush(timeout: .seconds(10))
        #expect(server.transport.events.map(\.level) == [.debug, .debug])
        #expect(passed.hooks == nil)
    }

    // MARK: - Scrubbing

    @Test func `what a scope filtered is nowhere, and _meta says so`() async throws {
        let server = try VectorClient()
        FaultlineSDK.withIsolationScope(Scope()) { scope in
            scope.setExtra("Password", "hunter2")
            scope.setUser(User(id: "42", ipAddress: "10.0.0.1"))
            scope.addBreadcrumb(Breadcrumb(message: "one", data: ["a": 1]))
            scope.addBreadcrumb(Breadcrumb(message: "two", data: ["token": "hunter2", "b": 2]))
            server.client.captureMessage("hello")
        }
        let event = try #require(await server.sent())
        let text = String(decoding: JSONValue.object(event.fields).serialized(), as: UTF8.self)
        #expect(!text.contains("hunter2") && !text.contains("10.0.0.1"))
        #expect(event.user?.id == "42")
        let filtered: JSONValue = ["": ["rem": [["!config", "s"]]]]
        let meta = event.fields["_meta"]?.objectValue ?? [:]
        #expect(meta["extra"] == ["Password": filtered])
        #expect(meta["breadcrumbs"] == ["values": ["1": ["data": ["token": filtered]]]])
    }

    @Test func `what is too deep or too broad is cut, with and without a hook`() async throws {
        for hooked in [false, true] {
            let server = try VectorClient { if hooked { $0.beforeSend = { event, _ in event } } }
            FaultlineSDK.withIsolationScope(Scope()) { scope in
                for number in 0..<12 { scope.setExtra("e\(number)", .integer(Int64(number))) }
                scope.addBreadcrumb(Breadcrumb(message: "deep", data: ["a": ["b": ["c": ["d": 1]]]]))
                server.client.captureMessage("hello")
            }
            let event = try #require(await server.sent())
            #expect(event.extra.count == JSONValue.databagBreadth)
            let meta = event.fields["_meta"]?.objectValue ?? [:]
            #expect(meta["extra"] == ["": ["len": 12]])
            #expect(meta["breadcrumbs"] != nil)
            let data = event.breadcrumbs.first?.objectValue?["data"]
            #expect(data == ["a": ["b": ["c": ["d": "1"]]]])
        }
    }

    @Test func `a value of any depth leaves the rest of its scope readable`() async throws {
        for hooked in [false, true] {
            let server = try VectorClient { if hooked { $0.beforeSend = { event, _ in event } } }
            var deep: JSONValue = "bottom"
            for _ in 0..<127 { deep = .array([deep]) }
            FaultlineSDK.withIsolationScope(Scope()) { scope in
                scope.setTag("zone", "eu")
                scope.setContext("deep", ["value": deep])
                scope.setExtra("deep", deep)
                server.client.captureMessage("hello")
            }
            let event = try #require(await server.sent())
            #expect(event.tags == ["zone": "eu"])
            #expect(event.contexts["deep"] != nil)
        }
    }

    @Test func `a client filters by its own names what scopes stored by other ones`() async throws {
        let server = try VectorClient { $0.scrubber = EventScrubber(denyList: ["card"]) }
        FaultlineSDK.withIsolationScope(Scope()) { scope in
            scope.setExtra("card", "4111")
            server.client.captureMessage("hello")
        }
        let event = try #require(await server.sent())
        #expect(event.extra["card"] == "[Filtered]")
    }

    @Test func `an error whose description captures does not come back to itself`() async throws {
        let server = try VectorClient {
            $0.ignoreErrors = [.where { _ in Talker.client?.captureMessage("from a rule") != nil }]
        }
        Talker.current.withLock { $0 = server.client }
        defer { Talker.current.withLock { $0 = nil } }
        server.client.captureException(Talker())
        _ = await server.client.flush(timeout: .seconds(10))
        #expect(server.transport.events.map(\.exceptions.count) == [1])
    }

    @Test func `a scope that is passed and current already counts once`() async throws {
        let server = try VectorClient()
        FaultlineSDK.withScope(Scope()) { scope in
            scope.addBreadcrumb(Breadcrumb(message: "one"))
            server.client.captureMessage("hello", scope: scope)
        }
        let event = try #require(await server.sent())
        #expect(event.breadcrumbs.filter { $0.objectValue?["message"] == "one" }.count == 1)
    }
}

private struct Talker: Error, CustomStringConvertible {
    static let current = Mutex<Client?>(nil)
    static var client: Client? { current.withLock { $0 } }

    var description: String {
        Self.client?.captureException(self)
        return "talks"
    }
}
