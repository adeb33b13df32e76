// SPDX-License-Identifier: Apache-2.0

/// Which names may be given to a demangler.
///
/// In both manglings a part can stand for a whole type that came before, so that 150 bytes can stand for a text of
/// gigabytes; neither demangler has a limit. Here the length is estimated from above without parsing: a reference is
/// taken for everything before the first one to the same type. Of 138,000 functions of Hummingbird, SwiftNIO, Foundation
/// and the standard library the longest estimate is 105,725 bytes.
/// Source: docs/ABI/Mangling.rst of swiftlang/swift ("Substitutions"); Itanium C++ ABI, 5.1.10 ("Compression").
enum DemanglingBound {
    /// Bytes of the mangled name.
    static let longestName = 4096
    static let longestText = 1 << 18
    /// A word of an identifier is repeated for each letter that names it. Longer ones than this are nobody's.
    private static let longestWord = 64

    static func allows(_ name: String) -> Bool {
        guard name.utf8.count <= longestName else { return false }
        let bytes = Array(name.utf8)
        if hasEndlessList(name, bytes) { return false }
        return estimate(bytes, isCPlusPlus: bytes.starts(with: [UInt8(ascii: "_"), UInt8(ascii: "Z")])) <= longestText
    }

    // MARK: - Signature specialisations

    /// Swift 6.3.1 reads the parameters of one (`Tf4npf_n`) without end, and allocates for each, when the text is over
    /// behind a `p`. No function's name ends so. The name of a function that is a parameter is read on its own, and may
    /// be put together from words that lie anywhere: `withoutInnerNames` keeps the demangler from all but Swift 4's.
    private static func hasEndlessList(_ name: String, _ bytes: [UInt8]) -> Bool {
        guard hasList(bytes) else { return false }
        return bytes.last == UInt8(ascii: "p") || name.contains("_T0") || name.contains("02_T")
            || name.contains("01_") && (name.contains("T0") || name.contains("01_1T"))
    }

    /// `Tf`, small letters for attributes, and the number of the pass.
    private static func hasList(_ name: [UInt8]) -> Bool {
        zip(name.indices, name.dropFirst()).contains { index, next in
            guard name[index] == UInt8(ascii: "T"), next == UInt8(ascii: "f") else { return false }
            let rest = name[(index + 2)...].drop { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            return rest.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
        }
    }

    /// The name with another byte for each `$` behind its own: so the demangler takes no part of it for a mangled name
    /// that it would demangle too. `withInnerNames` undoes it in what the demangler says. nil: there is none.
    static func withoutInnerNames(_ name: String) -> String? {
        // `$s` or `_$s`
        let (own, rest) = (name.utf8.prefix(2), name.utf8.dropFirst(2))
        guard rest.contains(dollar) else { return nil }
        return String(decoding: own + rest.map { $0 == dollar ? mark : $0 }, as: UTF8.self)
    }

    static func withInnerNames(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 == mark ? dollar : $0 }, as: UTF8.self)
    }

    private static let dollar = UInt8(ascii: "$")
    /// No name has it.
    private static let mark: UInt8 = 1

    // MARK: - Length

    private static func estimate(_ name: [UInt8], isCPlusPlus: Bool) -> Int {
        var text = Text()
        var index = 2
        while index < name.count, text.length <= longestText {
            let start = index
            if !isCPlusPlus && name[start] == UInt8(ascii: "0") {
                readIdentifier(name, &index, &text)
            } else if let number = readNumber(name, &index) {
                index = min(name.count, index + number)
                text.add(index - start)
            } else if isCPlusPlus {
                readItanium(name, &index, &text)
            } else {
                readSwift(name, &index, &text)
            }
        }
        return text.length
    }

    private struct Text {
        private(set) var length = 0
        /// Of two the sum can be counted.
        private static let longest = Int.max / 2
        private var types: [Int: Int] = [:]

        mutating func add(_ count: Int) { length = min(Self.longest, length) + min(Self.longest, count) }

        /// Types are numbered in the order they come in: one with a lower number is no longer than what lay before any
        /// with a higher one.
        mutating func refer(to type: Int, times: Int = 1) {
            if types[type] == nil {
                types[type] = types.reduce(length) { $1.key >= type ? min($0, $1.value) : $0 }
            }
            let (sum, overflow) = (types[type] ?? 0).multipliedReportingOverflow(by: times)
            add(overflow ? Self.longest : sum)
        }
    }

    private static func readNumber(_ name: [UInt8], _ index: inout Int) -> Int? {
        let start = index
        var number = 0
        while index < name.count, name[index] >= UInt8(ascii: "0"), name[index] <= UInt8(ascii: "9") {
            number = min(number * 10 + Int(name[index] - UInt8(ascii: "0")), 1 << 20)
            index += 1
        }
        return index == start ? nil : number
    }

    /// `0`, then words of earlier identifiers as letters, the last one a capital, between parts with their length.
    private static func readIdentifier(_ name: [UInt8], _ index: inout Int, _ text: inout Text) {
        index += 1
        var hasWords = true
        if index < name.count, name[index] == UInt8(ascii: "0") {
            hasWords = false
            index += 1
        }
        repeat {
            while hasWords, index < name.count, let isLast = isCapital(name[index]) {
                text.add(longestWord)
                hasWords = !isLast
                index += 1
            }
            guard index < name.count, name[index] != UInt8(ascii: "0"), let number = readNumber(name, &index) else {
                if index < name.count, name[index] == UInt8(ascii: "0") { index += 1 }
                return
            }
            text.add(min(number, name.count - index))
            index = min(name.count, index + number)
        } while hasWords && index < name.count
    }

    /// nil: no letter.
    private static func isCapital(_ byte: UInt8) -> Bool? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): false
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: nil
        }
    }

    /// `A` and letters, the last one a capital, each with a count before it: `AbC`, `A3B`, `A12_`. `S2i` is `Int` twice.
    private static func readSwift(_ name: [UInt8], _ index: inout Int, _ text: inout Text) {
        let kind = name[index]
        index += 1
        guard kind == UInt8(ascii: "A") || kind == UInt8(ascii: "S") else { return text.add(1) }
        while index < name.count, text.length <= longestText {
            let number = readNumber(name, &index)
            guard index < name.count else { return }
            let letter = name[index]
            index += 1
            if kind == UInt8(ascii: "S") { return text.add(10 * (number ?? 1)) }
            switch letter {
            case UInt8(ascii: "_"): return text.refer(to: 26 + (number ?? -1) + 1)
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                text.refer(to: Int(letter - UInt8(ascii: "a")), times: number ?? 1)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                return text.refer(to: Int(letter - UInt8(ascii: "A")), times: number ?? 1)
            default: return
            }
        }
    }

    /// `S_`, `S1A_`: a type; `T_`, `T0_`: a template's argument. Numbers of the two are kept apart.
    private static func readItanium(_ name: [UInt8], _ index: inout Int, _ text: inout Text) {
        let kind = name[index]
        index += 1
        guard kind == UInt8(ascii: "S") || kind == UInt8(ascii: "T") else { return text.add(1) }
        var number = 0
        var end = index
        while end < name.count, number < 1 << 20 {
            switch name[end] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number * 36 + Int(name[end] - UInt8(ascii: "0")) + 1
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): number = number * 36 + Int(name[end] - UInt8(ascii: "A")) + 11
            case UInt8(ascii: "_"):
                index = end + 1
                return text.refer(to: kind == UInt8(ascii: "S") ? number : -1 - number)
            default: return text.add(10)
            }
            end += 1
        }
        text.add(10)
    }
}
