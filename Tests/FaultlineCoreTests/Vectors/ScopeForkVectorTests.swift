// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite(.serialized) struct ScopeForkVectorTests {
    @Test(arguments: VectorFile.cases("scope_fork"))
    func `changes to scopes are seen where the vector says`(_ vector: Vector) async throws {
        let server = try VectorClient()
        var interpreter = Interpreter(client: server.client, ops: vector.input("ops")?.arrayValue ?? [])
        let block = Scope()
        FaultlineSDK.withIsolationScope(Scope()) { _ in FaultlineSDK.withScope(block) { _ in interpreter.run() } }
        for key in interpreter.globalTags { Scope.global.removeTag(key) }
        _ = await server.client.flush(timeout: .seconds(10))

        let expected = vector.specified?.objectValue?["events"]?.arrayValue?.compactMap(\.objectValue) ?? []
        #expect(server.transport.events.count == expected.count)
        for (event, expected) in zip(server.transport.events, expected) {
            #expect(event.message == expected["message"]?.stringValue)
            let tags = (expected["tags"]?.objectValue ?? [:]).map { ($0.key, Interpreter.text($0.value)) }
            #expect(event.tags == Dictionary(uniqueKeysWithValues: tags))
            if let breadcrumbs = expected["breadcrumbs"] {
                let texts = event.breadcrumbs.compactMap { $0.objectValue?["message"] }
                #expect(JSONValue.array(texts) == breadcrumbs)
            }
        }
    }
}

/// Runs the operations of one vector.
private struct Interpreter {
    let client: Client
    var ops: [JSONValue]
    /// What is to be taken away afterwards.
    var globalTags: [String] = []
    private var customs: [String: Scope] = [:]

    init(client: Client, ops: [JSONValue]) {
        self.client = client
        self.ops = ops
    }

    /// Up to the end, or to the `exit` of the block it is in.
    mutating func run() {
        while !ops.isEmpty {
            let op = ops.removeFirst().arrayValue ?? []
            let words = op.map(Self.text)
            switch words.first {
            case "exit": return
            case "enter": enter(words)
            case "tag" where words.count == 4: setTag(words[1], words[2], words[3])
            case "crumb":
                FaultlineSDK.isolationScope.addBreadcrumb(Breadcrumb(message: words[1]))
            case "clear" where words.count == 2: scope(words[1]).clear()
            case "configure_scope" where words.count == 3:
                FaultlineSDK.configureScope { $0.setTag(words[1], words[2]) }
            case "capture": client.captureMessage(words[1])
            default: Issue.record("unknown operation \(words)")
            }
        }
    }

    private mutating func enter(_ words: [String]) {
        switch words[1] {
        case "new_scope": FaultlineSDK.withScope { _ in run() }
        case "isolation_scope": FaultlineSDK.withIsolationScope { _ in run() }
        case "push_scope": FaultlineSDK.pushScope { _ in run() }
        case "use_scope": FaultlineSDK.withScope(scope(words[2])) { _ in run() }
        case "use_isolation_scope": FaultlineSDK.withIsolationScope(scope(words[2])) { _ in run() }
        default: Issue.record("unknown block \(words)")
        }
    }

    private mutating func setTag(_ target: String, _ key: String, _ value: String) {
        if target == "global" { globalTags.append(key) }
        if target == "top" { FaultlineSDK.setTag(key, value) } else { scope(target).setTag(key, value) }
    }

    private mutating func scope(_ name: String) -> Scope {
        switch name {
        case "global": return .global
        case "isolation": return FaultlineSDK.isolationScope
        case "current": return FaultlineSDK.currentScope
        default:
            let scope = customs[name] ?? Scope()
            customs[name] = scope
            return scope
        }
    }

    static func text(_ value: JSONValue) -> String {
        value.stringValue ?? String(decoding: value.serialized(), as: UTF8.self)
    }
}
