// SPDX-License-Identifier: Apache-2.0

import FaultlineCore
import FaultlineProtocol
import TestSupport
import Testing

@Suite struct AttributeValueTests {
    /// Where the file has Python's own text of a value, ours is the JSON text, as its notes say.
    @Test(arguments: VectorFile.cases("attributes"))
    func `a value has the type and form of the vectors`(_ vector: Vector) throws {
        let input = try #require(vector.fields["input"])
        var expected = try #require(vector.specified?.objectValue)
        if expected["type"] == "string", input.stringValue == nil {
            expected["value"] = .string(String(decoding: input.serialized(), as: UTF8.self))
        }
        #expect(AttributeValue(input).json.objectValue == expected)
    }

    @Test(
        arguments: [
            ([1.5, 2.5], ["value": [1.5, 2.5], "type": "array"]),
            (["a", "b"], ["value": ["a", "b"], "type": "array"]),
            ([1, 2.5], ["value": "[1,2.5]", "type": "string"]),
            ([[1], [2]], ["value": "[[1],[2]]", "type": "string"]),
            (.double(.infinity), ["value": "inf", "type": "string"]),
            ([1.0, .double(.nan)], ["value": #"[1.0,"nan"]"#, "type": "string"]),
            (.integer(.min), ["value": .integer(.min), "type": "integer"]),
        ] as [(AttributeValue, JSONValue)])
    func `arrays are of one type, and what JSON cannot say is text`(_ value: AttributeValue, _ json: JSONValue) {
        #expect(value.json == json)
    }

    @Test func `an object is its JSON text`() {
        #expect(AttributeValue(["a": [1, nil]]).json == ["value": #"{"a":[1,null]}"#, "type": "string"])
        #expect(AttributeValue([1, nil]).json == ["value": "[1,null]", "type": "string"])
    }
}
