// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Foundation
import TestSupport
import Testing

@Suite struct JSONParserTests {
    private func parse(_ text: String) throws(JSONError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    @Test(
        arguments: [
            ("null", JSONValue.null), ("true", true), (" false\n", false), ("0", 0), ("-0", 0), ("-17", -17),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)), ("1.5", 1.5),
            ("1e3", .number(1000)), ("-2.5E-2", .number(-0.025)), ("1E+2", .number(100)), ("\"\"", ""), ("[]", []),
            ("{}", .object([:])), ("[1,[2],{\"a\":[]}]", [1, [2], ["a": []]]),
            ("\t{ \"a\" :\r\n1 , \"b\":null }", ["a": 1, "b": nil]),
        ] as [(String, JSONValue)])
    func `a text is read as its value`(_ text: String, _ value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "+1", "01", "-", "-a", "1.", ".5", "1e", "1e+", "0x10", "NaN", "Infinity",
        "1 2",
        "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
        "{\"a\":1,}",
        "{a:1}", "{1:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "\"", "\"abc", "\"\\\"", "\"\\x\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"\\", "\"\\u", "\"line\nfeed\"", "\"tab\there\"", "\"\u{0}\"", "'a'", "{} {}", "[]x",
        "\u{feff}1",
        "// comment\n1",
    ])
    func `a text that is not JSON is an error`(_ text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test(arguments: [("[1, x]", 4), ("{\"a\":1}}", 7), ("[1,\"a\u{1}\"]", 5), ("", 0), ("[1", 2)])
    func `the error has the offset`(_ text: String, _ offset: Int) {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        #expect(error?.offset == offset)
    }

    @Test func `escapes stand for their characters`() throws {
        #expect(try parse(#""\"\\\/\b\f\n\r\tA\u0041\u00fc\u20AC""#) == "\"\\/\u{8}\u{c}\n\r\tAAü€")
        #expect(try parse(#""\u0000x""#) == "\u{0}x")
    }

    @Test func `a pair of surrogates is one character, a lone one is U+FFFD`() throws {
        #expect(try parse(#""\ud83d\ude00""#) == "😀")
        #expect(try parse(#""\uD83D""#) == "\u{fffd}")
        #expect(try parse(#""a\ude00b""#) == "a\u{fffd}b")
        #expect(try parse(#""\ud83dx""#) == "\u{fffd}x")
        #expect(try parse(#""\ud83d\n""#) == "\u{fffd}\n")
        #expect(try parse(#""\ud83d\u0041""#) == "\u{fffd}A")
        #expect(try parse(#""\ud83d\ue000""#) == "\u{fffd}\u{e000}")
        #expect(try parse(#""\ud83d\ud83d\ude00""#) == "\u{fffd}😀")
        #expect(throws: JSONError.self) { try parse(#""\ud83d\u00""#) }
    }

    @Test func `text stays as it is`() throws {
        #expect(try parse("\"Größe 名前 😀 \u{7f}\"") == "Größe 名前 😀 \u{7f}")
    }

    @Test(
        arguments: [
            [0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0xff],
        ] as [[UInt8]])
    func `text that is not UTF-8 is an error`(_ bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONError.self) { try JSONValue(parsing: [quote] + bytes + [quote]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array("\"\\n".utf8) + bytes + [quote]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array("{\"".utf8) + bytes + Array("\":1}".utf8)) }
    }

    @Test func `a whole number beyond 64 bits becomes a number`() throws {
        #expect(try parse("9223372036854775808") == .number(0x1p63))
        #expect(try parse("-9223372036854775809") == .number(-0x1p63))
        #expect(try parse("1" + String(repeating: "0", count: 300)) == .number(1e300))
    }

    @Test func `a number beyond a Double is an error, a tiny one is zero`() throws {
        #expect(throws: JSONError.self) { try parse("1e999") }
        #expect(throws: JSONError.self) { try parse(String(repeating: "9", count: 400)) }
        #expect(try parse("1e-999") == .number(0))
        #expect(
            try parse("0." + String(repeating: "1", count: 10_000)).doubleValue.map { abs($0 - 1 / 9) < 1e-9 } == true)
    }

    @Test func `of equal names the last counts, in the first one's place`() throws {
        #expect(try parse(#"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
        let many = (0..<100).map { "\"k\($0)\":\($0)" } + ["\"k7\":\"last\"", "\"k99\":null"]
        let fields = try #require(try parse("{" + many.joined(separator: ",") + "}").objectValue)
        #expect(fields.count == 100)
        #expect(fields["k7"] == "last")
        #expect(fields[7].key == "k7")
        #expect(fields["k99"] == .null)
    }

    @Test func `nesting is read to its limit and no further`() throws {
        let limit = JSONValue.maximumDepth
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        _ = try parse(nested(limit, "[", "]"))
        _ = try parse(nested(limit, "{\"a\":", "}"))
        #expect(throws: JSONError.self) { try parse(nested(limit + 1, "[", "]")) }
        #expect(throws: JSONError.self) { try parse(nested(limit + 1, "{\"a\":", "}")) }
        #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        #expect(try parse("[" + String(repeating: "[],", count: 1000) + "1]").arrayValue?.count == 1001)
    }

    @Test func `an object of 50000 members is read in linear time`() throws {
        let text = "{" + (0..<50_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
        var value = JSONValue.null
        let time = try ContinuousClock().measure { value = try parse(text) }
        #expect(value.objectValue?.count == 50_000)
        // Quadratic would be minutes in a debug build.
        #expect(time < .seconds(10))
    }

    @Test func `a slice is read, with offsets from its own beginning`() throws {
        let bytes = Array("xx[1]yy".utf8)
        #expect(try JSONValue(parsing: bytes[2..<5]) == [1])
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes[2...]) }
        #expect(error?.offset == 3)
    }

    @Test func `bytes that do not lie together are read too`() throws {
        #expect(try JSONValue(parsing: "[1, \"ü\"]".utf8.lazy.filter { $0 != 0x20 }) == [1, "ü"])
    }

    @Test(arguments: ["dsn_parse", "envelope_parse", "envelope_serialize", "debug_id", "scalars", "sample_envelopes"])
    func `a whole file is read as Foundation reads it`(_ name: String) throws {
        let bytes = try VectorFile.bytes(name)
        let ours = try JSONSerialization.jsonObject(with: Data(JSONValue(parsing: bytes).serialized()))
        let theirs = try JSONSerialization.jsonObject(with: Data(bytes))
        #expect((ours as? NSDictionary) == (theirs as? NSDictionary))
        #expect(ours is NSDictionary)
    }
}
