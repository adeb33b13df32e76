// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@Suite struct JSONWriterTests {
    private func text(_ value: JSONValue) -> String {
        String(decoding: value.serialized(), as: UTF8.self)
    }

    @Test func `the text is compact and keeps the order of members`() {
        #expect(
            text(["b": [1, -2.5, nil], "a": ["x": true, "y": false]])
                == #"{"b":[1,-2.5,null],"a":{"x":true,"y":false}}"#)
        #expect(text([]) == "[]")
        #expect(text([:]) == "{}")
    }

    @Test func `quotes, backslashes and control characters are escaped, all else is UTF-8`() {
        #expect(text("a\"b\\c") == #""a\"b\\c""#)
        #expect(text("\n\r\t\u{0}\u{1f}\u{8}") == #""\n\r\t\u0000\u001f\u0008""#)
        #expect(text("ü€😀/\u{7f}\u{2028}") == "\"ü€😀/\u{7f}\u{2028}\"")
        #expect(text(["k\"\n": "v"]) == #"{"k\"\n":"v"}"#)
    }

    @Test func `a string is whole whatever stands at its ends`() throws {
        for string in ["\n", "\nabc", "abc\n", "a\nb\n\nc", "\"\"", ""] {
            #expect(try JSONValue(parsing: JSONValue.string(string).serialized()) == .string(string))
        }
    }

    @Test func `every character below U+3000 reads back`() throws {
        var string = ""
        for code in UInt32(0)..<0x3000 {
            if let scalar = Unicode.Scalar(code) { string.unicodeScalars.append(scalar) }
        }
        let value = JSONValue.string(string)
        #expect(try JSONValue(parsing: value.serialized()).stringValue?.utf8.elementsEqual(string.utf8) == true)
        #expect(!value.serialized().contains { $0 < 0x20 })
    }

    @Test func `numbers keep their value, and what is not finite is a string`() throws {
        for number in [0, -0.0, 0.1, 1e-300, 1e16, 1e22, .pi, .greatestFiniteMagnitude, .leastNonzeroMagnitude] {
            #expect(try JSONValue(parsing: JSONValue.number(number).serialized()) == .number(number))
        }
        #expect(text(.integer(.min)) == "-9223372036854775808")
        #expect(text([.number(.nan), .number(.infinity), .number(-.infinity)]) == #"["nan","inf","-inf"]"#)
    }

    @Test func `writing appends`() {
        var bytes = Array("x".utf8)
        JSONValue.string("y").write(to: &bytes)
        #expect(bytes == Array("x\"y\"".utf8))
    }

    @Test func `a string cut out of a longer one is written whole`() throws {
        let string = String(String(repeating: "aé\n", count: 1000).dropFirst(1).dropLast(1))
        #expect(try JSONValue(parsing: JSONValue.string(string).serialized()) == .string(string))
    }
}
