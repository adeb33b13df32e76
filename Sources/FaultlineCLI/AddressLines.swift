// SPDX-License-Identifier: Apache-2.0
#if Tools
/// Addresses in hexadecimal, with or without `0x`, one a line; a line may name its image before the address. Lines of
/// blanks only are no lines.
struct AddressLines {
    /// The one of lines that name none, when there is one; then those that are named, each once.
    private(set) var images: [Image]
    private(set) var bad: [BadLine] = []
    /// Of addresses.
    private(set) var count = 0
    private let hasDefault: Bool

    struct Image {
        let path: String
        fileprivate(set) var addresses: [UInt64] = []
        /// For each of them, how many addresses come before it in the text.
        fileprivate(set) var positions: [Int] = []
    }

    struct BadLine {
        /// Counted from 1, blank ones too.
        let number: Int
        let text: String
        let problem: String
        /// How many addresses come before it.
        let addressesBefore: Int
    }

    /// - Parameter image: of the lines that name none; nil: each must.
    init(_ text: [UInt8], image: String?) {
        images = image.map { [Image(path: $0)] } ?? []
        hasDefault = image != nil
        var rest = text[...]
        var number = 1
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            add(Self.trimmed(rest[..<end]), number: number)
            number += 1
            rest = rest[end...].dropFirst()
        }
    }

    /// Whether a text that is not known to hold addresses seems to: one of its first lines ends with one. Without `0x`
    /// many a word would be one: 'added', '2026'.
    static func seemsOne(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        for _ in 0..<10 {
            rest = rest.drop { isBlank($0) || $0 == UInt8(ascii: "\n") }
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            let last = words(trimmed(line)).last
            if hasPrefix(last) && address(last) != nil { return true }
            rest = rest[line.endIndex...]
        }
        return false
    }

    private static func hasPrefix(_ word: ArraySlice<UInt8>) -> Bool {
        word.starts(with: "0x".utf8) || word.starts(with: "0X".utf8)
    }

    private mutating func add(_ line: ArraySlice<UInt8>, number: Int) {
        guard !line.isEmpty else { return }
        let (image, last) = Self.words(line)
        let problem: String
        if let address = Self.address(last) {
            if let index = image.isEmpty ? (hasDefault ? 0 : nil) : index(of: image) {
                images[index].addresses.append(address)
                images[index].positions.append(count)
                count += 1
                return
            }
            problem = "has no image; write its file before the address, or give --image"
        } else {
            problem = "does not end with an address; give up to 16 hexadecimal digits"
        }
        let text = String(decoding: line.prefix(200), as: UTF8.self)
        bad.append(BadLine(number: number, text: text, problem: problem, addressesBefore: count))
    }

    private mutating func index(of image: ArraySlice<UInt8>) -> Int {
        let path = String(decoding: image, as: UTF8.self)
        if let index = images.firstIndex(where: { $0.path == path }) { return index }
        images.append(Image(path: path))
        return images.count - 1
    }

    /// The last word, and what stands before it: a path may hold blanks.
    private static func words(_ line: ArraySlice<UInt8>) -> (before: ArraySlice<UInt8>, last: ArraySlice<UInt8>) {
        let start = line.lastIndex(where: isBlank).map { $0 + 1 } ?? line.startIndex
        return (trimmed(line[..<start]), line[start...])
    }

    private static func address(_ word: ArraySlice<UInt8>) -> UInt64? {
        var digits = word
        if hasPrefix(digits) { digits = digits.dropFirst(2) }
        guard 1...16 ~= digits.count else { return nil }
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

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = line.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
#endif
