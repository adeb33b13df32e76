// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// How many arrays and objects may lie in one another. What the protocol has is at most about ten deep.
    public static let maximumDepth = 128

    /// Reads one JSON text, with nothing but white space around it. Of a member that comes twice, the last counts. An
    /// escaped surrogate without its partner becomes U+FFFD. Whole numbers beyond 64 bits become ``number(_:)``.
    /// - Throws: ``JSONError``: bad syntax, invalid UTF-8, a number beyond `Double`, or deeper than ``maximumDepth``.
    /// - Complexity: O(length).
    public init(parsing text: some Collection<UInt8>) throws(JSONError) {
        // Typed throws do not pass through closures that rethrow: the outcome is carried out as a value.
        func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, JSONError> {
            var parser = JSONParser(bytes: bytes)
            do throws(JSONError) {
                return .success(try parser.wholeText())
            } catch {
                return .failure(error)
            }
        }
        let outcome = text.withContiguousStorageIfAvailable(parse) ?? Array(text).withUnsafeBufferPointer(parse)
        self = try outcome.get()
    }
}

/// Recursive descent over bytes that are borrowed for the call. Every read compares the position with the end.
private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var at = 0
    var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func wholeText() throws(JSONError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw error("something follows the value") }
        return value
    }

    private func error(_ problem: String) -> JSONError { JSONError(offset: at, problem: problem) }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        guard let byte = next else { throw error("a value is missing") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for offset in 0..<word.utf8CodeUnitCount {
            guard at + offset < bytes.count, bytes[at + offset] == word.utf8Start[offset] else {
                throw error("an unknown word")
            }
        }
        at += word.utf8CodeUnitCount
        return value
    }

    private mutating func descend() throws(JSONError) {
        at += 1
        depth += 1
        if depth > JSONValue.maximumDepth { throw error("nested more than \(JSONValue.maximumDepth) deep") }
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        try descend()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        skipSpace()
        if accept("]") { return elements }
        while true {
            elements.append(try value())
            skipSpace()
            if accept("]") { return elements }
            guard accept(",") else { throw error("a comma or ] is missing") }
        }
    }

    private mutating func object() throws(JSONError) -> Fields {
        try descend()
        defer { depth -= 1 }
        var members = JSONMembers()
        skipSpace()
        if accept("}") { return members.fields }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
            let key = try string()
            skipSpace()
            guard accept(":") else { throw error("a colon is missing") }
            members.set(key, try value())
            skipSpace()
            if accept("}") { return members.fields }
            guard accept(",") else { throw error("a comma or } is missing") }
        }
    }

    // MARK: - Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = at
        var isWhole = true
        _ = accept("-")
        guard let first = next, isDigit(first) else { throw error("a value is missing") }
        if !accept("0") { skipDigits() }
        if accept(".") {
            isWhole = false
            guard let digit = next, isDigit(digit) else { throw error("a digit is missing") }
            skipDigits()
        }
        if accept("e") || accept("E") {
            isWhole = false
            if !accept("+") { _ = accept("-") }
            guard let digit = next, isDigit(digit) else { throw error("a digit is missing") }
            skipDigits()
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        // As servers have it (serde_json: "number out of range"): infinity could not be written again.
        guard let number = Double(text), number.isFinite else { throw error("a number out of range") }
        return .number(number)
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private mutating func skipDigits() {
        while let byte = next, isDigit(byte) { at += 1 }
    }

    // MARK: - Strings

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { at += 1 }
        if next == UInt8(ascii: "\"") {
            let text = try validated(bytes[start..<at])
            at += 1
            return text
        }
        var unescaped = Array(bytes[start..<at])
        while let byte = next {
            if byte == UInt8(ascii: "\"") {
                let text = try unescaped.withUnsafeBufferPointer { buffer throws(JSONError) in
                    try validated(buffer[...])
                }
                at += 1
                return text
            }
            guard byte >= 0x20 else { throw error("a control character in a string") }
            at += 1
            if byte == UInt8(ascii: "\\") { try escape(into: &unescaped) } else { unescaped.append(byte) }
        }
        throw error("a string without an end")
    }

    private func validated(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("a string is not UTF-8") }
        return text
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw error("a string without an end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): try unicodeEscape(into: &text)
        default:
            at -= 1
            throw error("an unknown escape")
        }
    }

    private mutating func unicodeEscape(into text: inout [UInt8]) throws(JSONError) {
        var code = UInt32(try fourHexDigits())
        if code >= 0xd800 && code < 0xdc00 && at + 1 < bytes.count && bytes[at] == UInt8(ascii: "\\")
            && bytes[at + 1] == UInt8(ascii: "u")
        {
            let mark = at
            at += 2
            let low = UInt32(try fourHexDigits())
            if low >= 0xdc00 && low < 0xe000 {
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            } else {
                at = mark
            }
        }
        text.append(contentsOf: String(Character(Unicode.Scalar(code) ?? "\u{fffd}")).utf8)
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("a hexadecimal digit is missing")
            }
            value = value << 4 | UInt16(digit)
            at += 1
        }
        return value
    }
}

/// Members while they are read: the last of equal keys wins. Many members are looked up by hash, so that an object of
/// 100,000 is not read in quadratic time.
private struct JSONMembers {
    private(set) var fields: Fields = [:]
    private var places: [String: Int] = [:]

    mutating func set(_ key: String, _ value: JSONValue) {
        guard fields.count >= 16 else {
            fields[key] = value
            return
        }
        if places.isEmpty { for (place, member) in fields.enumerated() { places[member.key] = place } }
        if let place = places[key] {
            fields.pairs[place].1 = value
        } else {
            places[key] = fields.count
            fields.pairs.append((key, value))
        }
    }
}
