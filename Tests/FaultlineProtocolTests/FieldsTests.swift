// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@Suite struct FieldsTests {
    @Test func `a member is replaced in its place, a new one goes to the end`() {
        var fields: Fields = ["b": 1, "a": 2]
        fields["b"] = 3
        fields["c"] = 4
        #expect(fields.map(\.key) == ["b", "a", "c"])
        #expect(fields["b"] == 3)
    }

    @Test func `nil removes, null is a value`() {
        var fields: Fields = ["a": 1, "b": 2]
        fields["a"] = nil
        fields["missing"] = nil
        fields["b"] = .null
        #expect(fields.map(\.key) == ["b"])
        #expect(fields["b"] == .null)
    }

    @Test func `members of a dictionary are sorted`() {
        #expect(Fields(["b": 1, "c": 2, "a": 3] as [String: JSONValue]).map(\.key) == ["a", "b", "c"])
    }

    @Test func `merging puts the other's members over these`() {
        let merged = (["a": 1, "b": 2] as Fields).merging(["b": 3, "c": 4])
        #expect(merged == ["a": 1, "b": 3, "c": 4])
    }

    @Test func `order and values decide equality`() {
        #expect((["a": 1, "b": 2] as Fields) != ["b": 2, "a": 1])
        #expect((["a": 1] as Fields) != ["a": 2])
        #expect(Set([["a": 1], ["a": 1]] as [Fields]).count == 1)
    }
}
