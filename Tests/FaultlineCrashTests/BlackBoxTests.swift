// SPDX-License-Identifier: Apache-2.0

import Dispatch
import FaultlineProtocol
import Synchronization
import Testing

@testable import FaultlineCrash

/// What the scopes hold, read as a capture would.
private func contents(_ scopes: ScopeHandle...) throws -> Fields {
    let members = BlackBox.members(of: scopes)
    let text = [UInt8(ascii: "{")] + members.dropFirst() + [UInt8(ascii: "}")]
    return try #require(try JSONValue(parsing: text).objectValue)
}

private func messages(_ scopes: ScopeHandle...) throws -> [String] {
    let members = BlackBox.members(of: scopes)
    let text = [UInt8(ascii: "{")] + members.dropFirst() + [UInt8(ascii: "}")]
    let values = try JSONValue(parsing: text).objectValue?["breadcrumbs"]?.objectValue?["values"]?.arrayValue ?? []
    return values.compactMap { $0.objectValue?["message"]?.stringValue }
}

@Suite struct BlackBoxTests {
    private func withScope(_ parent: ScopeHandle = 0, _ body: (ScopeHandle) throws -> Void) throws {
        let scope = BlackBox.fork(parent, .isolation)
        defer { BlackBox.free(scope) }
        try body(scope)
    }

    @Test func `what is set is read, the last of each key`() throws {
        try withScope { scope throws in
            BlackBox.setTag(scope, "a", "1")
            BlackBox.setTag(scope, "b", "2")
            BlackBox.setTag(scope, "a", "3")
            BlackBox.setContext(scope, "trace", ["trace_id": "x"])
            BlackBox.setExtra(scope, "n", 4)
            BlackBox.setUser(scope, User(id: "u"))
            BlackBox.setLevel(scope, .warning)
            BlackBox.setTransaction(scope, "GET /")
            let all = try contents(scope)
            #expect(all["tags"] == ["a": "3", "b": "2"])
            #expect(all["contexts"] == ["trace": ["trace_id": "x"]])
            #expect(all["extra"] == ["n": 4])
            #expect(all["user"] == ["id": "u"])
            #expect(all["level"] == "warning")
            #expect(all["transaction"] == "GET /")
        }
    }

    @Test func `what is removed is gone, and nothing else is`() throws {
        try withScope { scope throws in
            BlackBox.setTag(scope, "a", "1")
            BlackBox.setTag(scope, "b", "2")
            BlackBox.setUser(scope, User(id: "u"))
            BlackBox.setTag(scope, "a", nil)
            BlackBox.setUser(scope, nil)
            let all = try contents(scope)
            #expect(all["tags"] == ["b": "2"])
            #expect(all["user"] == nil)
        }
    }

    @Test func `a fork sees what was there, and neither sees what the other does then`() throws {
        try withScope { parent throws in
            BlackBox.setTag(parent, "shared", "1")
            BlackBox.addBreadcrumb(parent, Breadcrumb(message: "before"))
            try withScope(parent) { child throws in
                BlackBox.setTag(parent, "parent", "1")
                BlackBox.setTag(child, "child", "1")
                BlackBox.addBreadcrumb(parent, Breadcrumb(message: "parent"))
                BlackBox.addBreadcrumb(child, Breadcrumb(message: "child"))
                #expect(try contents(parent)["tags"] == ["shared": "1", "parent": "1"])
                #expect(try contents(child)["tags"] == ["shared": "1", "child": "1"])
                #expect(try messages(parent) == ["before", "parent"])
                #expect(try messages(child) == ["before", "child"])
            }
        }
    }

    @Test func `later scopes win over earlier ones`() throws {
        try withScope { outer throws in
            try withScope { inner throws in
                BlackBox.setTag(outer, "a", "outer")
                BlackBox.setTag(outer, "b", "outer")
                BlackBox.setTag(inner, "a", "inner")
                #expect(try contents(outer, inner)["tags"] == ["a": "inner", "b": "outer"])
            }
        }
    }

    @Test func `many rewrites keep every live key`() throws {
        try withScope { scope throws in
            for round in 0..<200 {
                for key in 0..<50 { BlackBox.setTag(scope, "key\(key)", "\(round)") }
            }
            let tags = try #require(try contents(scope)["tags"]?.objectValue)
            #expect(tags.count == 50)
            #expect(tags.allSatisfy { $0.value == "199" })
        }
    }

    @Test func `the newest hundred breadcrumbs are kept, oldest first`() throws {
        try withScope { scope throws in
            for number in 0..<1234 { BlackBox.addBreadcrumb(scope, Breadcrumb(message: "\(number)")) }
            #expect(try messages(scope) == (1134..<1234).map(String.init))
        }
    }

    @Test func `a fork's breadcrumbs outlive what its parent adds later`() throws {
        try withScope { parent throws in
            for number in 0..<100 { BlackBox.addBreadcrumb(parent, Breadcrumb(message: "\(number)")) }
            try withScope(parent) { child throws in
                for number in 100..<5000 { BlackBox.addBreadcrumb(parent, Breadcrumb(message: "\(number)")) }
                #expect(try messages(child) == (0..<100).map(String.init))
                #expect(try messages(parent) == (4900..<5000).map(String.init))
            }
        }
    }

    @Test func `a parent that always has a live fork does not grow without bound`() throws {
        try withScope { parent throws in
            var child = BlackBox.fork(parent, .isolation)
            for number in 0..<100_000 {
                BlackBox.addBreadcrumb(parent, Breadcrumb(message: "\(number)"))
                if number % 10 == 0 {
                    let next = BlackBox.fork(parent, .isolation)
                    BlackBox.free(child)
                    child = next
                }
            }
            #expect(try messages(parent).last == "99999")
            BlackBox.free(child)
        }
    }

    @Test func `a freed scope's handle is harmless`() throws {
        let scope = BlackBox.fork(0, .isolation)
        BlackBox.setTag(scope, "a", "1")
        BlackBox.free(scope)
        BlackBox.setTag(scope, "a", "2")
        BlackBox.free(scope)
        #expect(BlackBox.members(of: [scope]).isEmpty)
    }

    @Test func `ten thousand scopes at once lose nothing`() throws {
        let scopes = (0..<10_000).map { number in
            let scope = BlackBox.fork(0, .isolation)
            for tag in 0..<3 { BlackBox.setTag(scope, "t\(tag)", "\(number)") }
            for crumb in 0..<20 { BlackBox.addBreadcrumb(scope, Breadcrumb(message: "\(number).\(crumb)")) }
            return scope
        }
        for number in stride(from: 0, to: 10_000, by: 97) {
            #expect(
                try contents(scopes[number])["tags"] == [
                    "t0": .string("\(number)"), "t1": .string("\(number)"), "t2": .string("\(number)"),
                ])
            #expect(try messages(scopes[number]) == (0..<20).map { "\(number).\($0)" })
        }
        for scope in scopes { BlackBox.free(scope) }
    }

    @Test func `threads write their own scopes and one shared scope at once`() throws {
        try withScope { shared throws in
            let failures = FailureCount()
            DispatchQueue.concurrentPerform(iterations: 8) { thread in
                for round in 0..<300 {
                    let own = BlackBox.fork(shared, .isolation)
                    BlackBox.setTag(own, "thread", "\(thread)")
                    BlackBox.addBreadcrumb(own, Breadcrumb(message: "\(thread).\(round)"))
                    BlackBox.setTag(shared, "from\(thread)", "\(round)")
                    BlackBox.addBreadcrumb(shared, Breadcrumb(message: "shared"))
                    let mine = try? contents(own)
                    if mine?["tags"]?.objectValue?["thread"] != .string("\(thread)") { failures.add() }
                    BlackBox.free(own)
                }
            }
            #expect(failures.count == 0)
            #expect(try contents(shared)["tags"]?.objectValue?.count == 8)
        }
    }

    @Test func `text of any kind comes back as valid JSON`() throws {
        try withScope { scope throws in
            let odd = "quote \" slash \\ line \n tab \t bell \u{7} é 🔥 \u{2028}"
            BlackBox.setTag(scope, odd, odd)
            BlackBox.addBreadcrumb(
                scope, Breadcrumb(message: odd, data: ["k\"": .string(odd), "list": [1, .null, 2.5]]))
            #expect(try contents(scope)["tags"] == .object([odd: .string(odd)]))
            let crumb = try contents(scope)["breadcrumbs"]?.objectValue?["values"]?.arrayValue?.first?.objectValue
            #expect(crumb?["message"] == .string(odd))
            #expect(crumb?["data"] == .object(["k\"": .string(odd), "list": [1, .null, 2.5]]))
        }
    }

    @Test func `a breadcrumb too large for the box is kept without its data`() throws {
        try withScope { scope throws in
            let big = JSONValue.string(String(repeating: "x", count: 1900))
            BlackBox.addBreadcrumb(
                scope, Breadcrumb(message: "big", data: ["a": big, "b": big, "c": big, "d": big, "e": big]))
            #expect(try messages(scope) == ["big"])
        }
    }

    @Test func `values are the text that JSON's writer makes of them`() throws {
        let scope = BlackBox.fork(0, .current)
        defer { BlackBox.free(scope) }
        let values: Fields = [
            "quoted \" \\ \n \t \u{1} é": "\" \\ \r \u{1f} 🫖", "empty": [:], "none": [], "null": .null, "true": true,
            "list": [1, -7, 2.5, "x", [[]], ["a": [:]]], "large": .integer(.min), "": "",
        ]
        BlackBox.setContext(scope, "c", values)
        let text = BlackBox.text(of: [scope], kinds: .contexts)
        #expect(text.fields["contexts"] == ["c": .object(values)])
        BlackBox.setContext(scope, "c", ["nan": .number(.nan), "inf": .number(.infinity)])
        #expect(BlackBox.text(of: [scope], kinds: .contexts).fields["contexts"] == ["c": ["nan": "nan", "inf": "inf"]])
    }

    @Test(arguments: [1, 63, 64, 65, 80])
    func `what lies too deep is left out`(depth: Int) {
        let scope = BlackBox.fork(0, .current)
        defer { BlackBox.free(scope) }
        func nested(_ levels: Range<Int>, _ innermost: JSONValue) -> JSONValue {
            levels.reduce(innermost) { $1.isMultiple(of: 2) ? .array([$0]) : .object(["k": $0]) }
        }
        BlackBox.setContext(scope, "c", ["v": nested(0..<depth, "deep")])
        // The context is the outermost of the 64 levels.
        let expected = depth < 64 ? nested(0..<depth, "deep") : nested((depth - 63)..<depth, "…")
        #expect(BlackBox.text(of: [scope], kinds: .contexts).fields["contexts"] == ["c": ["v": expected]])
    }

    @Test func `a trace is the same context as one set as such`() {
        let one = BlackBox.fork(0, .current), other = BlackBox.fork(0, .current)
        defer { [one, other].forEach(BlackBox.free) }
        let trace = TraceID(), span = SpanID(), parent = SpanID()
        BlackBox.setTrace(one, trace, span, parent: parent, operation: "a \"b\"", origin: "auto.x")
        BlackBox.setContext(
            other, "trace",
            [
                "trace_id": .string(trace.description), "span_id": .string(span.description),
                "parent_span_id": .string(parent.description), "op": "a \"b\"", "origin": "auto.x",
            ])
        #expect(BlackBox.members(of: [one]) == BlackBox.members(of: [other]))
        BlackBox.setTrace(one, trace, span, parent: nil)
        BlackBox.setContext(
            other, "trace", ["trace_id": .string(trace.description), "span_id": .string(span.description)])
        #expect(BlackBox.members(of: [one]) == BlackBox.members(of: [other]))
    }
}

private final class FailureCount: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}
