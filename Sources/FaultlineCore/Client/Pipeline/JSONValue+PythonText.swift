// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

extension JSONValue {
    /// What stands for a value that lies too deep: as Python's `repr` writes it, which is what the other SDKs send.
    var pythonText: String {
        var text = ""
        writePython(to: &text)
        return text
    }

    private func writePython(to text: inout String) {
        switch self {
        case .null: text += "None"
        case .bool(let flag): text += flag ? "True" : "False"
        case .integer(let number): text += "\(number)"
        case .number(let number): text += number.isNaN ? "nan" : "\(number)"
        case .string(let string): Self.writePython(string, to: &text)
        case .array(let elements):
            text += "["
            for (number, element) in elements.enumerated() {
                if number > 0 { text += ", " }
                element.writePython(to: &text)
            }
            text += "]"
        case .object(let fields):
            text += "{"
            for (number, member) in fields.enumerated() {
                if number > 0 { text += ", " }
                Self.writePython(member.key, to: &text)
                text += ": "
                member.value.writePython(to: &text)
            }
            text += "}"
        }
    }

    /// In single quotes, unless there are single ones in it and no double ones.
    private static func writePython(_ string: String, to text: inout String) {
        let quote: Unicode.Scalar = string.contains("'") && !string.contains("\"") ? "\"" : "'"
        text.unicodeScalars.append(quote)
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case quote: text += "\\\(scalar)"
            case "\0"..<" ", "\u{7f}"..<"\u{a1}":
                let digits = String(scalar.value, radix: 16)
                text += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text.unicodeScalars.append(quote)
    }
}
