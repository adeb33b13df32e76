// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct FeatureFlagTests {
    /// `contexts.flags.values` of an event that is captured in `scopes`, as `name=result`.
    private func flags(_ scopes: Scope..., kinds: RecordKinds = .all) throws -> [String] {
        let members = BlackBox.members(of: scopes.map(\.handle), kinds: kinds)
        let text = [UInt8(ascii: "{")] + members.dropFirst() + [UInt8(ascii: "}")]
        let contexts = try JSONValue(parsing: text).objectValue?["contexts"]?.objectValue
        return contexts?["flags"]?.objectValue?["values"]?.arrayValue?.compactMap(\.objectValue).map {
            "\($0["flag"]?.stringValue ?? "?")=\($0["result"]?.boolValue.map(String.init) ?? "?")"
        } ?? []
    }

    private let scope = Scope.root.fork(.isolation)

    @Test(arguments: VectorFile.cases("limits") { $0.input("what") == "feature_flags" })
    func `a scope keeps the newest flags of the vectors`(_ vector: Vector) throws {
        let added = try #require(vector.input("added")?.integerValue)
        scope.clear()
        for number in 0..<added { scope.addFeatureFlag("f\(number)", true) }
        let kept = try flags(scope)
        #expect(kept.count == Int(try #require(vector.expected["kept"]?.integerValue)))
        #expect(kept.first == vector.expected["first"]?.stringValue.map { "\($0)=true" })
        #expect(kept.last == vector.expected["last"]?.stringValue.map { "\($0)=true" })
    }

    @Test func `a flag that is asked for again is the last, with its new result`() throws {
        for name in ["a", "b", "c", "a"] { scope.addFeatureFlag(name, name != "a") }
        #expect(try flags(scope) == ["b=true", "c=true", "a=false"])
        scope.addFeatureFlag("a", true)
        #expect(try flags(scope) == ["b=true", "c=true", "a=true"])
    }

    @Test func `the order holds however often flags are set`() throws {
        for round in 0..<500 { scope.addFeatureFlag("f\(round * 7 % 40)", round % 2 == 0) }
        let expected = (460..<500).map { "f\($0 * 7 % 40)=\($0 % 2 == 0)" }
        #expect(try flags(scope) == expected)
    }

    @Test func `the least recently used one goes first`() throws {
        for number in 0..<100 { scope.addFeatureFlag("f\(number)", true) }
        scope.addFeatureFlag("f0", false)
        scope.addFeatureFlag("one more", true)
        let kept = try flags(scope)
        #expect(kept.count == 100)
        #expect(kept.first == "f2=true")
        #expect(Array(kept.suffix(2)) == ["f0=false", "one more=true"])
    }

    @Test func `flags stand beside the other contexts, and only where they are asked for`() throws {
        scope.setContext("cart", ["items": 3])
        scope.addFeatureFlag("quoted \"name\"", true)
        #expect(try flags(scope) == ["quoted \"name\"=true"])
        let members = String(decoding: BlackBox.members(of: [scope.handle], kinds: .contexts), as: UTF8.self)
        #expect(members.contains("cart"))
        #expect(!members.contains("flags"))
        #expect(try flags(scope, kinds: .flags) == ["quoted \"name\"=true"])
    }

    @Test func `layers are merged as if set anew, one after the other`() throws {
        let current = Scope.root.fork(.current)
        current.clear()
        for name in ["a", "b", "c"] { scope.addFeatureFlag(name, true) }
        current.addFeatureFlag("a", false)
        current.addFeatureFlag("d", true)
        #expect(try flags(scope, current) == ["b=true", "c=true", "a=false", "d=true"])
    }

    @Test func `of all layers together the newest hundred stay`() throws {
        let current = Scope.root.fork(.current)
        current.clear()
        for number in 0..<80 { scope.addFeatureFlag("s\(number)", true) }
        for number in 0..<80 { current.addFeatureFlag("c\(number)", true) }
        current.addFeatureFlag("s0", false)
        let kept = try flags(scope, current)
        #expect(kept == (61..<80).map { "s\($0)=true" } + (0..<80).map { "c\($0)=true" } + ["s0=false"])
    }

    @Test func `a fork's flags are its own`() throws {
        scope.addFeatureFlag("a", true)
        let fork = scope.fork(.isolation)
        fork.addFeatureFlag("b", true)
        scope.addFeatureFlag("c", true)
        #expect(try flags(scope) == ["a=true", "c=true"])
        #expect(try flags(fork) == ["a=true", "b=true"])
        fork.clear()
        #expect(try flags(fork) == [])
        fork.addFeatureFlag("a", false)
        #expect(try flags(fork) == ["a=false"])
    }

    @Test func `a name has at most 32 characters`() throws {
        scope.addFeatureFlag(String(repeating: "x", count: 33), true)
        scope.addFeatureFlag(String(repeating: "é", count: 32), true)
        #expect(
            try flags(scope) == [
                String(repeating: "x", count: 29) + "...=true", String(repeating: "é", count: 32) + "=true",
            ])
    }

    @Test func `an error event carries flags`() async throws {
        let transport = KeptTransport()
        var options = Options()
        options.dsn = "https://key@o42.example.com/7"
        let client = try Client(options, transport: transport)
        FaultlineSDK.withIsolationScope { _ in
            FaultlineSDK.addFeatureFlag("new-cart", true)
            client.captureMessage("x")
        }
        #expect(await client.flush(timeout: .seconds(60)))
        #expect(
            transport.events.last?.contexts["flags"] == ["values": [["flag": "new-cart", "result": true]]])
    }
}
