// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol

/// Addresses in hexadecimal, with or without `0x`, one a line. Lines of blanks only are no lines.
struct AddressLines {
    private(set) var addresses: [UInt64] = []
    /// In order.
    private(set) var bad: [BadLine] = []

    struct BadLine {
        /// Counted from 1.
        let number: Int
        let text: String
        /// How many addresses come before it.
        let addressesBefore: Int

        var problem: String { "'\(text)' is not an address; give hexadecimal digits, at most 16" }

        /// In the place of a chain, so that each line has an answer.
        func answer(json: Bool) -> [UInt8] {
            guard json else { return Array("??\n??:0:0\n\n".utf8) }
            let answer: Fields = ["address": .string(text), "error": .string(problem), "frames": []]
            return JSONValue.object(answer).serialized() + [UInt8(ascii: "\n")]
        }
    }

    init(_ text: [UInt8]) {
        addresses.reserveCapacity(text.count / 12)
        var number = 0
        var rest = text[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            add(rest[..<end], number: number + 1)
            number += 1
            rest = rest[end...].dropFirst()
        }
    }

    private mutating func add(_ line: ArraySlice<UInt8>, number: Int) {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == 0x0d }
        var word = line.drop(while: isBlank)
        while let last = word.last, isBlank(last) { word.removeLast() }
        guard !word.isEmpty else { return }
        if let address = Self.address(word) {
            addresses.append(address)
        } else {
            let text = String(decoding: word.prefix(200), as: UTF8.self)
            bad.append(BadLine(number: number, text: text, addressesBefore: addresses.count))
        }
    }

    private static func address(_ word: ArraySlice<UInt8>) -> UInt64? {
        var digits = word
        if digits.count > 2, digits.first == UInt8(ascii: "0"),
            digits.dropFirst().first.map({ $0 | 0x20 }) == UInt8(ascii: "x")
        {
            digits = digits.dropFirst(2)
        }
        guard digits.count <= 16 else { return nil }
        var address: UInt64 = 0
        for byte in digits {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): address = address << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): address = address << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): address = address << 4 | UInt64(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return address
    }
}
#endif
