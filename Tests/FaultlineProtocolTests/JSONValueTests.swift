// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@Suite struct JSONValueTests {
    @Test func `literals give the values they look like`() {
        let number = 3
        let value: JSONValue = ["a": nil, "b": true, "c": 1, "d": 1.5, "e": "n=\(number)", "f": [1], "g": ["h": 2]]
        let fields = value.objectValue ?? [:]
        #expect(fields.map(\.key) == ["a", "b", "c", "d", "e", "f", "g"])
        #expect(fields["a"] == .null)
        #expect(fields["b"] == .bool(true))
        #expect(fields["c"] == .integer(1))
        #expect(fields["d"] == .number(1.5))
        #expect(fields["e"] == .string("n=3"))
        #expect(fields["f"] == .array([.integer(1)]))
        #expect(fields["g"] == .object(["h": .integer(2)]))
    }

    @Test func `an accessor of another type is nil`() {
        let values: [JSONValue] = [nil, true, 1, 1.5, "s", [], [:]]
        #expect(values.map { $0.stringValue != nil } == [false, false, false, false, true, false, false])
        #expect(values.map { $0.boolValue != nil } == [false, true, false, false, false, false, false])
        #expect(values.map { $0.integerValue != nil } == [false, false, true, false, false, false, false])
        #expect(values.map { $0.doubleValue != nil } == [false, false, true, true, false, false, false])
        #expect(values.map { $0.arrayValue != nil } == [false, false, false, false, false, true, false])
        #expect(values.map { $0.objectValue != nil } == [false, false, false, false, false, false, true])
    }

    @Test func `a number that is whole is an integer too, within 64 bits`() {
        #expect(JSONValue.number(7).integerValue == 7)
        #expect(JSONValue.number(1e30).integerValue == nil)
        #expect(JSONValue.number(.nan).integerValue == nil)
    }
}
