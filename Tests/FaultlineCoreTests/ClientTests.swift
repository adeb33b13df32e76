// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Synchronization
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct ClientTests {
    let transport = KeptTransport()

    private func client(_ configure: (inout Options) -> Void = { _ in }) throws -> Client {
        var options = Options()
        options.dsn = "https://key@o42.example.com/7"
        options.release = "shop@1.4.2"
        options.serverName = "web-1"
        options.dist = "77"
        configure(&options)
        return try Client(options, transport: transport)
    }

    private struct OrderError: Error, CustomStringConvertible {
        var description: String { "no stock for \"17\"" }
    }

    private enum Failure: Error { case gone(id: Int) }

    /// Captures in a scope of the test's own and gives the event that arrived.
    private func sent(_ client: Client, _ body: () -> EventID?) async throws -> Event {
        let id = FaultlineSDK.withIsolationScope { _ in body() }
        #expect(await client.flush(timeout: .seconds(10)))
        let event = try #require(transport.events.last)
        #expect(event.eventID == id)
        return event
    }

    @Test(arguments: [false, true])
    func `a message has the facts of the process, the scopes' data and a trace`(hooked: Bool) async throws {
        let client = try client { if hooked { $0.beforeSend = { event, _ in event } } }
        let event = try await sent(client) {
            FaultlineSDK.setTag("zone", "eu")
            FaultlineSDK.setContext("cart", ["items": 3])
            FaultlineSDK.setExtra("attempt", 2)
            FaultlineSDK.setUser(User(id: "42"))
            FaultlineSDK.isolationScope.continueTrace(PropagationContext())
            return client.captureMessage("hello \"world\"\n")
        }
        #expect(event.message == "hello \"world\"\n")
        #expect(event.level == .info)
        #expect(event.platform == "native")
        #expect(event.timestamp != nil)
        #expect(event.release == "shop@1.4.2")
        #expect(event.environment == "production")
        #expect(event.serverName == "web-1")
        #expect(event.dist == "77")
        #expect(event.fields["sdk"]?.objectValue?["name"] == "faultline.swift")
        #expect(event.fields["tags"]?.objectValue?["zone"] == "eu")
        #expect(event.fields["extra"]?.objectValue?["attempt"] == 2)
        #expect(event.fields["user"]?.objectValue?["id"] == "42")
        let contexts = try #require(event.fields["contexts"]?.objectValue)
        #expect(contexts["cart"]?.objectValue?["items"] == 3)
        let trace = try #require(contexts["trace"]?.objectValue)
        #expect(trace["trace_id"]?.stringValue?.count == 32)
        #expect(trace["span_id"]?.stringValue?.count == 16)

        let header = try #require(transport.envelopes.last?.header)
        #expect(header["trace"]?.objectValue?["trace_id"] == trace["trace_id"])
        #expect(header["trace"]?.objectValue?["public_key"] == "key")
        #expect(header["trace"]?.objectValue?["release"] == "shop@1.4.2")
        #expect(header["trace"]?.objectValue?["environment"] == "production")
        #expect(header["trace"]?.objectValue?["org_id"] == "42")
        #expect(header["sdk"]?.objectValue?["version"] == .string(SDKInfo.version))
    }

    @Test func `an error has its type, module and description`() async throws {
        let client = try client()
        let event = try await sent(client) { client.captureException(OrderError()) }
        let exception = try #require(event.exceptions.first)
        #expect(exception.type == "ClientTests.OrderError")
        #expect(exception.value == "no stock for \"17\"")
        #expect(exception.fields["module"] == "FaultlineCoreTests")
        #expect(
            exception.fields["mechanism"] == [
                "type": "generic", "handled": true, "data": ["stacktrace": "of the capture"],
            ])
        #expect(event.level == .error)
        let second = try await sent(client) { client.captureException(Failure.gone(id: 3)) }
        #expect(second.exceptions.first?.type == "ClientTests.Failure")
        #expect(second.exceptions.first?.value == "gone(id:)")
    }

    @Test(arguments: [false, true])
    func `the level is the call's, else the scope's, else the default`(hooked: Bool) async throws {
        let client = try client { if hooked { $0.beforeSend = { event, _ in event } } }
        let own = try await sent(client) {
            FaultlineSDK.setLevel(.fatal)
            return client.captureMessage("a", level: .debug)
        }
        #expect(own.level == .debug)
        let scoped = try await sent(client) {
            FaultlineSDK.setLevel(.warning)
            return client.captureException(OrderError())
        }
        #expect(scoped.level == .warning)
    }

    @Test func `an event's own values win over the scope's, key by key`() async throws {
        let client = try client()
        let event = try await sent(client) {
            FaultlineSDK.setTag("a", "scope")
            FaultlineSDK.setTag("b", "scope")
            FaultlineSDK.setLevel(.info)
            FaultlineSDK.setUser(User(id: "scope"))
            FaultlineSDK.isolationScope.setTransaction("scope")
            FaultlineSDK.isolationScope.setFingerprint(["scope"])
            return client.captureEvent(
                Event(fields: [
                    "tags": ["b": "own", "c": "own"], "level": "fatal", "user": ["email": "own"], "release": "own@1",
                    "fingerprint": [],
                    "contexts": [
                        "trace": ["trace_id": "771a43a4192642f0b136d5159a501700", "span_id": "b86df6546fff02c7"]
                    ],
                ]))
        }
        #expect(event.tags["a"] == "scope")
        #expect(event.tags["b"] == "own")
        #expect(event.tags["c"] == "own")
        // A level that a scope sets is meant for all that happens in it.
        #expect(event.level == .info)
        #expect(event.fields["user"] == ["email": "own"])
        #expect(event.fields["release"] == "own@1")
        #expect(event.fields["transaction"] == "scope")
        #expect(event.fields["fingerprint"] == ["scope"])
        #expect(
            event.fields["contexts"]?.objectValue?["trace"] == [
                "trace_id": "771a43a4192642f0b136d5159a501700", "span_id": "b86df6546fff02c7",
            ])
    }

    @Test func `later layers win: global under isolation`() async throws {
        let client = try client()
        FaultlineSDK.globalScope.setTag("client-test-layer", "global")
        FaultlineSDK.globalScope.setTag("client-test-global", "global")
        let event = try await sent(client) {
            FaultlineSDK.setTag("client-test-layer", "isolation")
            return client.captureMessage("m")
        }
        FaultlineSDK.globalScope.removeTag("client-test-layer")
        FaultlineSDK.globalScope.removeTag("client-test-global")
        #expect(event.fields["tags"]?.objectValue?["client-test-layer"] == "isolation")
        #expect(event.fields["tags"]?.objectValue?["client-test-global"] == "global")
    }

    @Test func `beforeSend may change an event, or drop it`() async throws {
        let client = try client {
            $0.beforeSend = { event, _ in
                guard event.message != "secret" else { return nil }
                var event = event
                event.fields["tags"] = ["seen": "yes"]
                return event
            }
        }
        #expect(client.captureMessage("secret") == nil)
        let event = try await sent(client) { client.captureMessage("open") }
        #expect(event.fields["tags"] == ["seen": "yes"])
        #expect(transport.events.count == 1)
    }

    @Test func `a capture inside beforeSend is left out`() async throws {
        let inner = Mutex<EventID??>(nil)
        let client = try client()
        let box = Mutex<Client?>(client)
        let hooked = try self.client {
            $0.beforeSend = { event, _ in
                let id = box.withLock(\.self)?.captureMessage("inner")
                inner.withLock { $0 = .some(id) }
                return event
            }
        }
        #expect(hooked.captureMessage("outer") != nil)
        #expect(inner.withLock(\.self) == .some(nil))
    }

    @Test func `a sample rate of 0 drops every event, 1 none`() async throws {
        let none = try client { $0.sampleRate = 0 }
        #expect((0..<50).allSatisfy { _ in none.captureMessage("x") == nil })
        let all = try client()
        #expect((0..<50).allSatisfy { _ in all.captureMessage("x") != nil })
    }

    @Test func `a client with bad options is not made`() {
        var options = Options()
        options.dsn = "nonsense"
        #expect(throws: OptionsError.self) { try Client(options, transport: transport) }
    }

    @Test func `nothing is captured after close`() async throws {
        let client = try client()
        await client.close()
        #expect(client.captureMessage("late") == nil)
        #expect(client.captureEvent(Event(fields: [:])) == nil)
    }

    @Test func `the last event id is the isolation scope's`() async throws {
        let client = try client()
        FaultlineSDK.withIsolationScope { _ in
            #expect(FaultlineSDK.lastEventID == nil)
            let id = client.captureMessage("a")
            #expect(id != nil && FaultlineSDK.lastEventID == id)
            FaultlineSDK.withIsolationScope { _ in #expect(FaultlineSDK.lastEventID == nil) }
        }
    }

    @Test func `a text of any length is cut between characters`() async throws {
        let client = try client()
        let text = String(repeating: "€", count: 5000)
        let event = try await sent(client) { client.captureMessage(text) }
        let message = try #require(event.message)
        let isCut = message.utf8.count <= 8192 && message.utf8.count > 8180 && message.hasSuffix("€...")
        #expect(isCut)
    }
}
