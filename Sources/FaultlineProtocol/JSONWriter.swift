// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The value as compact JSON text in UTF-8, on one line.
    public func serialized() -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(256)
        write(to: &text)
        return text
    }

    /// Appends the value as compact JSON text. `nan`, `inf` and `-inf` become strings: JSON has no such numbers.
    public func write(to text: inout [UInt8]) {
        switch self {
        case .null: text.append(contentsOf: "null".utf8)
        case .bool(let value): text.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): text.append(contentsOf: String(value).utf8)
        case .number(let value): Self.write(value, to: &text)
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            text.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                element.write(to: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .object(let fields):
            text.append(UInt8(ascii: "{"))
            for (index, member) in fields.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                Self.write(member.key, to: &text)
                text.append(UInt8(ascii: ":"))
                member.value.write(to: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ number: Double, to text: inout [UInt8]) {
        if number.isFinite {
            text.append(contentsOf: number.description.utf8)
        } else {
            write(number.isNaN ? "nan" : number < 0 ? "-inf" : "inf", to: &text)
        }
    }

    /// A quoted string: control characters, quotes and backslashes are escaped, everything else stays UTF-8.
    private static func write(_ string: String, to text: inout [UInt8]) {
        var string = string
        text.append(UInt8(ascii: "\""))
        string.withUTF8 { bytes in
            var clean = 0
            for (index, byte) in bytes.enumerated() {
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                text.append(contentsOf: bytes[clean..<index])
                clean = index + 1
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(contentsOf: [UInt8(ascii: "\\"), byte])
                case 0x0a: text.append(contentsOf: "\\n".utf8)
                case 0x0d: text.append(contentsOf: "\\r".utf8)
                case 0x09: text.append(contentsOf: "\\t".utf8)
                default:
                    text.append(contentsOf: "\\u00".utf8)
                    text.append(hexDigit(byte >> 4))
                    text.append(hexDigit(byte & 15))
                }
            }
            text.append(contentsOf: bytes[clean...])
        }
        text.append(UInt8(ascii: "\""))
    }
}

/// `value` 0 … 15 as a lower-case digit.
func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
