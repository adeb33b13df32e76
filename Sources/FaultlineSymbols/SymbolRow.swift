// SPDX-License-Identifier: Apache-2.0

internal import CFaultlineSymbols

/// One level of what is at an address: the function that is really there, or one that was inlined into it.
struct SymbolRow: Sendable, Hashable {
    /// As in the file: mangled. nil: unknown.
    var rawName: String?
    /// Absolute, or as the compiler wrote it. nil: unknown.
    var path: String?
    /// The compilation unit's main source file, likewise.
    var unitPath: String?
    /// Where the compiler was called; the main source file is often below it.
    var compilationDirectory: String?
    /// Where the enclosing symbol begins, as linked; nil: unknown.
    var symbolAddress: UInt64?
    /// nil: unknown, or code that the compiler made.
    var line: Int?
    var column: Int?
    var isInlined = false
    /// The address has no line; this is the nearest one before it in the same function.
    var isApproximate = false
    /// The place that an approximate row would have; nil: none is known, or none is needed.
    var nearest: NearestPlace?

    struct NearestPlace: Sendable, Hashable {
        var path: String?
        var line: Int
    }
}

extension [SymbolRow] {
    /// For people: where the whole chain has no line, the function that is really there gets the nearest one.
    func approximated() -> [SymbolRow] {
        guard var last, let nearest = last.nearest, nearest.path?.hasSuffix("<compiler-generated>") != true,
            allSatisfy({ $0.line == nil || $0.isCompilerGenerated })
        else { return self }
        last.path = nearest.path
        last.line = nearest.line
        last.column = nil
        last.isApproximate = true
        return dropLast() + [last]
    }
}

extension SymbolRow {
    /// Copies what the C row borrows.
    init(_ row: fl_symbols_row) {
        rawName = Self.text(row.name)
        compilationDirectory = Self.text(row.compilation_directory)
        path = Self.path(of: row.place, in: row)
        unitPath = Self.text(row.unit).map { Self.join([compilationDirectory], $0) }
        symbolAddress = row.symbol_address == 0 ? nil : row.symbol_address
        line = row.place.line == 0 ? nil : Int(row.place.line)
        column = row.place.column == 0 ? nil : Int(row.place.column)
        isInlined = row.inlined
        if row.nearest.line != 0 {
            nearest = NearestPlace(path: Self.path(of: row.nearest, in: row), line: Int(row.nearest.line))
        }
    }

    static func path(of place: fl_symbols_place, in row: fl_symbols_row) -> String? {
        text(place.file).map { join([text(row.compilation_directory), text(place.directory)], $0) }
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    /// A relative path is one from the directory before it. `<compiler-generated>` and `<stdin>` are no paths.
    private static func join(_ directories: [String?], _ file: String) -> String {
        if file.hasPrefix("/") || file.hasPrefix("<") { return file }
        var path = file
        for case let directory? in directories.reversed() where !directory.isEmpty {
            path = directory + (directory.hasSuffix("/") ? "" : "/") + path
            if path.hasPrefix("/") { break }
        }
        return path
    }

    /// Code that no line of the source stands for. The compiler gives what it makes line 1 of no file, too.
    var isCompilerGenerated: Bool {
        guard let path else { return line == nil }
        return path.hasSuffix("<compiler-generated>") || line == nil && path.hasPrefix("<")
    }

    /// Where the function was written: of what is inlined from elsewhere not the unit.
    var sourcePath: String? { isCompilerGenerated ? unitPath : path ?? unitPath }
}
