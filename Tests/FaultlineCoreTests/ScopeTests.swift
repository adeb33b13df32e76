// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineProtocol
import Testing

@testable import FaultlineCore

@Suite struct ScopeTests {
    /// What an event captured here would say.
    private func fields(_ kinds: RecordKinds = .all) -> Fields {
        let text =
            [UInt8(ascii: "{")] + BlackBox.members(of: layerHandles, kinds: kinds).dropFirst() + [UInt8(ascii: "}")]
        return (try? JSONValue(parsing: text))?.objectValue ?? [:]
    }

    private var tags: Fields { fields(.tags)["tags"]?.objectValue ?? [:] }

    private var crumbs: [String] {
        fields(.breadcrumbs)["breadcrumbs"]?.objectValue?["values"]?.arrayValue?
            .compactMap { $0.objectValue?["message"]?.stringValue } ?? []
    }

    @Test func `the task-local value begins with the isolation and the current handle`() throws {
        let scopes = Scopes(isolation: Scope.root.fork(.isolation), current: Scope.root.fork(.current))
        #expect(MemoryLayout<Scopes>.offset(of: \.isolationHandle) == 0)
        #expect(MemoryLayout<Scopes>.offset(of: \.currentHandle) == 8)
        try Scopes.$bound.withValue(scopes) {
            let key = try #require(UnsafeRawPointer(bitPattern: Scopes.key))
            let handles = try #require(BlackBox.boundHandles(key))
            #expect(handles.isolation == scopes.isolation.handle)
            #expect(handles.current == scopes.current.handle)
            #expect(handles.isolation != 0 && handles.current != 0)
        }
    }

    @Test func `the span that runs is read from the task-local value`() throws {
        let root = FaultlineSDK.startTransaction(name: "job", operation: "task")
        #expect(Scopes.runningSpan == nil)
        let scopes = Scopes(isolation: Scope(), current: Scope(), span: root)
        Scopes.$bound.withValue(scopes) {
            #expect(Scopes.runningSpan === root)
            #expect(FaultlineSDK.getCurrentSpan() === root)
        }
    }

    @Test func `outside of a request the root scope is used`() async {
        let handles = await Task.detached { Scopes.handles }.value
        #expect(handles.isolation == BlackBox.root)
        #expect(handles.current == BlackBox.block)
    }

    @Test func `changes in an isolation scope are not seen outside, those before it are seen inside`() {
        FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.setTag("outer", "1")
            FaultlineSDK.withIsolationScope { _ in
                #expect(tags["outer"] == "1")
                FaultlineSDK.setTag("outer", "2")
                FaultlineSDK.setTag("inner", "1")
                FaultlineSDK.removeTag("missing")
            }
            #expect(tags["outer"] == "1")
            #expect(tags["inner"] == nil)
            FaultlineSDK.removeTag("outer")
            #expect(tags["outer"] == nil)
        }
    }

    @Test func `a scope is left even when the body throws`() async {
        struct Stop: Error {}
        FaultlineSDK.withIsolationScope { _ in
            #expect(throws: Stop.self) {
                try FaultlineSDK.withIsolationScope { _ in
                    FaultlineSDK.setTag("thrown", "1")
                    throw Stop()
                }
            }
            #expect(tags["thrown"] == nil)
        }
    }

    @Test func `child tasks see the scope, detached tasks do not`() async {
        await FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.setTag("request", "7")
            async let child = tags["request"]
            #expect(await child == "7")
            let sibling = await Task { tags["request"] }.value
            #expect(sibling == "7")
            let detached = await Task.detached { tags["request"] }.value
            #expect(detached == nil)
        }
    }

    @MainActor private final class Counter {
        var value = 0
        func count() async -> Int {
            await FaultlineSDK.withIsolationScope { _ in
                value += 1
                await Task.yield()
                value += 1
                return value
            }
        }
    }

    @Test func `the async form stays on the caller's actor`() async {
        #expect(await Counter().count() == 2)
    }

    @Test func `a request has its route, its own trace and no headers or query without consent`() {
        FaultlineSDK.withRequest(
            method: "GET", route: "/orders/{id}", url: "/orders/17?token=abc",
            headers: [("Authorization", "Bearer x"), ("Accept", "a")]
        ) {
            let seen = fields()
            #expect(seen["transaction"] == "GET /orders/{id}")
            #expect(seen["request"] == ["method": "GET", "url": "/orders/17"])
            let trace = seen["contexts"]?.objectValue?["trace"]?.objectValue
            #expect(trace?["trace_id"] == .string(Scopes.bound.isolation.propagation.traceID.description))
            #expect(trace?["parent_span_id"] == nil)
        }
    }

    @Test func `a request continues a valid trace, whatever the case of the header's name`() {
        FaultlineSDK.withRequest(
            method: "GET", route: nil,
            headers: [
                ("SENTRY-Trace", "771a43a4192642f0b136d5159a501700-1234567890abcdef-1"),
                ("baggage", "other=1, sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-public_key=front%20end"),
            ]
        ) {
            let seen = fields()
            #expect(seen["transaction"] == nil)
            let trace = seen["contexts"]?.objectValue?["trace"]?.objectValue
            #expect(trace?["trace_id"] == "771a43a4192642f0b136d5159a501700")
            #expect(trace?["parent_span_id"] == "1234567890abcdef")
            #expect(Scopes.bound.isolation.propagation.incoming?["public_key"] == "front end")
            #expect(Scopes.bound.isolation.propagation.parentSampled == true)
        }
    }

    @Test func `the trace survives clear, and nobody but the SDK sets it`() {
        FaultlineSDK.withRequest(method: "GET", route: "/") {
            let before = fields(.contexts)["contexts"]?.objectValue?["trace"]
            FaultlineSDK.setContext("trace", ["trace_id": "mine"])
            FaultlineSDK.setTag("a", "b")
            FaultlineSDK.isolationScope.clear()
            let after = fields(.contexts)["contexts"]?.objectValue?["trace"]
            #expect(before != nil && before == after)
            #expect(tags["a"] == nil)
        }
    }
}
