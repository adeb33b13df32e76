// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineSymbols
internal import FaultlineProtocol

/// Chains of C rows as text. Ten thousand addresses share a few thousand names and files: each is made into text once,
/// and known by where its C string lies from then on.
struct ChainWriter {
    /// Of the last address.
    private(set) var text: [UInt8] = []
    private let format: AddressSymbolicator.Format
    private var functions = PieceMemo()
    private var files = PieceMemo()

    init(format: AddressSymbolicator.Format) {
        self.format = format
    }

    mutating func write(_ address: UInt64, _ rows: UnsafeBufferPointer<fl_symbols_row>) {
        text.removeAll(keepingCapacity: true)
        switch format {
        case .json: writeJSON(address, rows)
        case .text(let shown): writeText(rows, shown)
        }
    }

    // MARK: - JSON

    private mutating func writeJSON(_ address: UInt64, _ rows: UnsafeBufferPointer<fl_symbols_row>) {
        append(#"{"address":"0x"#)
        append(address, radix: 16)
        append(#"","frames":["#)
        for (index, row) in rows.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            let key = PieceMemo.Key(row.name, nil, nil)
            functions.append(key, to: &text) { piece in
                let name = row.name.map { String(cString: $0) }
                Self.append(#"{"function":"#, name.map { FunctionName.displayed($0) }, to: &piece)
                Self.append(#","raw_function":"#, name, to: &piece)
            }
            let place = row.place
            files.append(PieceMemo.Key(place.file, place.directory, row.compilation_directory), to: &text) { piece in
                Self.append(#","file":"#, SymbolRow.path(of: place, in: row), to: &piece)
            }
            append(#","line":"#)
            append(UInt64(place.line), radix: 10)
            append(#","column":"#)
            append(UInt64(place.column), radix: 10)
            append(row.inlined ? #","inlined":true}"# : #","inlined":false}"#)
        }
        append("]}\n")
    }

    private static func append(_ key: StaticString, _ value: String?, to piece: inout [UInt8]) {
        piece.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        (value.map { JSONValue.string($0) } ?? .null).write(to: &piece)
    }

    // MARK: - Text

    private mutating func writeText(_ rows: UnsafeBufferPointer<fl_symbols_row>, _ shown: (String) -> String) {
        if rows.isEmpty { append("??\n??:0:0\n") }
        for row in rows {
            functions.append(PieceMemo.Key(row.name, nil, nil), to: &text) { piece in
                let name = row.name.map { FunctionName.displayed(String(cString: $0)) }
                piece.append(contentsOf: (name.map(shown) ?? "??").utf8)
            }
            text.append(UInt8(ascii: "\n"))
            let place = row.place
            files.append(PieceMemo.Key(place.file, place.directory, row.compilation_directory), to: &text) { piece in
                piece.append(contentsOf: (SymbolRow.path(of: place, in: row).map(shown) ?? "??").utf8)
            }
            text.append(UInt8(ascii: ":"))
            append(UInt64(place.line), radix: 10)
            text.append(UInt8(ascii: ":"))
            append(UInt64(place.column), radix: 10)
            text.append(UInt8(ascii: "\n"))
        }
        text.append(UInt8(ascii: "\n"))
    }

    // MARK: - Pieces

    private mutating func append(_ literal: StaticString) {
        text.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// String(_:radix:) allocates; this is called three times a row.
    private mutating func append(_ value: UInt64, radix: UInt64) {
        let start = text.count
        var rest = value
        repeat {
            let digit = UInt8(rest % radix)
            text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            rest /= radix
        } while rest > 0
        text[start...].reverse()
    }
}

/// Text made from C strings, by where they lie: in one file the same string is the same address. A table of its own,
/// since a Dictionary spends more on a hash that nobody can foresee than on all else; here the file's own layout is the
/// key, and a crowded table only costs time.
private struct PieceMemo {
    struct Key: Equatable {
        let first, second, third: UInt

        init(_ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?, _ third: UnsafePointer<CChar>?) {
            self.first = UInt(bitPattern: first)
            self.second = UInt(bitPattern: second)
            self.third = UInt(bitPattern: third)
        }

        /// 2^64 / golden ratio: Knuth, TAOCP 3, 6.4.
        var hash: UInt { ((first &* 31 &+ second) &* 31 &+ third) &* 0x9e37_79b9_7f4a_7c15 }
    }

    private struct Entry {
        let key: Key
        let range: Range<Int>
    }

    private var bytes: [UInt8] = []
    /// Of a power of two, at most half of them used.
    private var entries = [Entry?](repeating: nil, count: 256)
    private var count = 0

    mutating func append(_ key: Key, to text: inout [UInt8], make: (inout [UInt8]) -> Void) {
        let place = place(of: key)
        if let entry = entries[place] {
            text.append(contentsOf: bytes[entry.range])
            return
        }
        let start = bytes.count
        make(&bytes)
        text.append(contentsOf: bytes[start...])
        entries[place] = Entry(key: key, range: start..<bytes.count)
        count += 1
        if count * 2 > entries.count { grow() }
    }

    private func place(of key: Key) -> Int {
        let mask = UInt(entries.count - 1)
        var place = key.hash >> 32 & mask
        while let entry = entries[Int(place)], entry.key != key { place = (place + 1) & mask }
        return Int(place)
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry?](repeating: nil, count: old.count * 2)
        for case let entry? in old { entries[place(of: entry.key)] = entry }
    }
}
