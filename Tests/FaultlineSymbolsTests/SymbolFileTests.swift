// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import FaultlineSymbols

@Suite(.enabled(if: Toolchain.directory != nil, "no clang and swiftc in one directory of PATH"))
struct SymbolFileTests {
    static let forms: [[String]] = [
        ["-gdwarf-4"], ["-gdwarf-5"], ["-gdwarf-5", "-gz"], ["-gdwarf-4", "-no-pie"], ["-gdwarf-5", "-O0"],
    ]

    /// Every byte of every function of the binary, not a sample.
    @Test(.enabled(if: Toolchain.hasSymbolizer, "no llvm-symbolizer in the toolchain"), arguments: forms)
    func `functions, inlines, files and lines are those of llvm-symbolizer`(options: [String]) throws {
        let workshop = try Workshop()
        let path = try workshop.build("inlines", options)
        try expectChainsOfSymbolizer(path, try functionAddresses(of: path), depth: 3)
    }

    @Test(.enabled(if: Toolchain.hasSymbolizer, "no llvm-symbolizer in the toolchain"), arguments: [4, 5])
    func `those of Swift's closures, generics and async functions are, too`(version: Int) throws {
        let workshop = try Workshop()
        let path = try workshop.buildSwift(["-dwarf-version=\(version)"])
        let addresses = try functionAddresses(of: path) { $0.hasPrefix("$s7Inlines") }
        try #require(addresses.count > 3000)
        try expectChainsOfSymbolizer(path, addresses, depth: 5)
    }

    private func expectChainsOfSymbolizer(_ path: String, _ addresses: [UInt64], depth: Int) throws {
        try #require(addresses.count > 100)
        let expected = try symbolizerChains(path, addresses)
        let file = try SymbolFile(path, buildID: try buildID(of: path))
        let rows = file.rows(at: addresses, limits: SymbolLimits(time: .seconds(60)))
        let hasDebugInfo = file.hasDebugInfo
        #expect(hasDebugInfo)
        try #require(expected.count == addresses.count)
        for (index, address) in addresses.enumerated() {
            let chain = rows[index].map { row in
                "\(row.rawName ?? "??") \(URL(fileURLWithPath: row.path ?? "??").lastPathComponent):\(row.line ?? 0)"
            }
            #expect(chain == expected[index], "at 0x\(String(address, radix: 16))")
        }
        #expect(rows.contains { $0.count >= depth }, "levels of inlining")
    }

    /// Swift's optimiser leaves most instructions without a line, and inlines nearly everything before them.
    @Test func `the nearest line is one of the function itself, whatever is inlined there`() throws {
        let workshop = try Workshop()
        let path = try workshop.buildSwift(source: "traps.swift", module: "traps")
        let source = try String(contentsOfFile: Workshop.fixture("traps.swift"), encoding: .utf8)
        let lines = source.components(separatedBy: "\n")
        let first = try #require(lines.firstIndex { $0.contains("func counted(") }) + 1
        let call = try #require(lines.firstIndex { $0.contains("mixed(&names") }) + 1
        let file = try SymbolFile(path, buildID: try buildID(of: path))
        let addresses = try functionAddresses(of: path) { $0.hasPrefix("$s5traps7counted") }
        let rows = file.rows(at: addresses, limits: SymbolLimits())
        let nearest = rows.compactMap { $0.last?.nearest }
        #expect(nearest.contains { $0.line == call })
        #expect(
            nearest.allSatisfy { $0.path?.hasSuffix("/traps.swift") == true && (first...lines.count).contains($0.line) }
        )
        #expect(rows.contains { $0.dropLast().contains { $0.rawName?.hasPrefix("$s5traps5mixed") == true } })
    }

    @Test func `a file of another build is refused`() throws {
        let workshop = try Workshop()
        let path = try workshop.build()
        var other = try buildID(of: path)
        other[0] ^= 1
        #expect(throws: SymbolFile.Failure.otherBuild) { try open(path, other) }
    }

    @Test func `a file without a build id is refused`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("anonymous", ["-Wl,--build-id=none"])
        #expect(throws: SymbolFile.Failure.otherBuild) { try open(path, [1, 2, 3, 4]) }
    }

    @Test func `what is no ELF file is refused, and so is what is not there`() throws {
        let workshop = try Workshop()
        try Data("#!/bin/sh\n".utf8).write(to: workshop.directory.appendingPathComponent("script"))
        #expect(throws: SymbolFile.Failure.notELF) { try open(workshop.path("script"), [1, 2]) }
        #expect(throws: SymbolFile.Failure.unreadable(code: ENOENT)) { try open(workshop.path("nothing"), [1, 2]) }
    }

    @Test func `a stripped file has names only`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("stripped", ["-Wl,--strip-debug"])
        let file = try SymbolFile(path, buildID: try buildID(of: path))
        let rows = file.rows(
            at: try functionAddresses(of: path, named: "entry"), limits: SymbolLimits(time: .seconds(60), inflated: 0))
        let hasDebugInfo = file.hasDebugInfo
        #expect(!hasDebugInfo)
        #expect(rows.allSatisfy { $0.count == 1 && $0.first?.rawName == "entry" && $0.first?.line == nil })
    }

    @Test func `the limit of inflated bytes costs lines, not names`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("compressed", ["-gz"])
        let file = try SymbolFile(path, buildID: try buildID(of: path))
        let rows = file.rows(
            at: try functionAddresses(of: path, named: "entry"), limits: SymbolLimits(time: .seconds(60), inflated: 16))
        #expect(rows.allSatisfy { $0.first?.rawName == "entry" && $0.first?.line == nil })
    }

    @Test func `addresses outside of all functions have no rows`() throws {
        let workshop = try Workshop()
        let path = try workshop.build()
        let file = try SymbolFile(path, buildID: try buildID(of: path))
        let rows = file.rows(at: [0, 1, .max], limits: SymbolLimits(time: .seconds(60)))
        #expect(rows == [[], [], []])
    }

    private func open(_ path: String, _ buildID: [UInt8]) throws(SymbolFile.Failure) {
        _ = try SymbolFile(path, buildID: buildID)
    }
}

// MARK: - What other programs say

/// Of `llvm-nm`: value, size, type, name.
func functionAddresses(
    of path: String, where isWanted: (String) -> Bool = { ["main", "entry", "local"].contains($0) }
) throws -> [UInt64] {
    try Toolchain.run("llvm-nm", ["--print-size", "--defined-only", path]).split(separator: "\n").flatMap { line in
        let words = line.split(separator: " ")
        guard words.count == 4, isWanted(String(words[3])), "tTwW".contains(words[2]),
            let start = UInt64(words[0], radix: 16),
            let size = UInt64(words[1], radix: 16)
        else { return [UInt64]() }
        return Array(start..<start + size)
    }
}

func functionAddresses(of path: String, named wanted: String) throws -> [UInt64] {
    try functionAddresses(of: path) { $0 == wanted }
}

/// One list an address: `function file:line`, innermost first.
func symbolizerChains(_ path: String, _ addresses: [UInt64]) throws -> [[String]] {
    let input = addresses.map { "0x\(String($0, radix: 16))\n" }.joined()
    let output = try Toolchain.run(
        "llvm-symbolizer", ["--obj=\(path)", "--inlines", "--functions=linkage", "--no-demangle"], input: input)
    return output.split(separator: "\n\n").map { block in
        let lines = block.split(separator: "\n").map(String.init)
        return stride(from: 0, to: lines.count - 1, by: 2).map { index in
            let parts = lines[index + 1].split(separator: ":")
            let path = String(parts.dropLast(2).joined(separator: ":")), line = parts.dropLast().last ?? "0"
            // Where there is no place it may name the object file, after the STT_FILE symbol.
            let isNone = line == "0" && !path.contains("/")
            return "\(lines[index]) \(isNone ? "??" : URL(fileURLWithPath: path).lastPathComponent):\(line)"
        }
    }
}

/// As an image's report says it.
func buildID(of path: String) throws -> [UInt8] {
    let notes = try Toolchain.run("readelf", ["--notes", path])
    let line = notes.split(separator: "\n").first { $0.contains("Build ID:") }
    let digits = try #require(line?.split(separator: " ").last)
    return try #require(DebugFile.buildID(String(digits)))
}
