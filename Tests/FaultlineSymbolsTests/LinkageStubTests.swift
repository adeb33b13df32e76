// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import FaultlineSymbols

@Suite(.enabled(if: Toolchain.directory != nil, "no clang and swiftc in one directory of PATH"))
struct LinkageStubTests {
    /// Each linker has its own order and shape of stubs; with Intel CET, and with BTI and PAC, there are others again.
    static let forms: [[String]] = [
        ["-fuse-ld=lld"],
        ["-fuse-ld=bfd"],
        ["-fuse-ld=gold"],
        ["-fuse-ld=bfd", "-Wl,-z,now"],
        ["-fuse-ld=lld", "-fcf-protection=full", "-Wl,-z,force-ibt"],
        ["-fuse-ld=bfd", "-fcf-protection=full", "-Wl,-z,ibtplt"],
        ["-fuse-ld=lld", "--target=aarch64-linux-gnu"],
        ["-fuse-ld=bfd", "--target=aarch64-linux-gnu"],
        ["-fuse-ld=lld", "--target=aarch64-linux-gnu", "-mbranch-protection=standard", "-Wl,-z,force-bti,-z,pac-plt"],
    ]

    @Test(arguments: forms)
    func `stubs are named after the functions they lead to`(options: [String]) throws {
        let workshop = try Workshop()
        let linker = (options.contains { $0.contains("aarch64") } ? "aarch64-linux-gnu-" : "") + "ld.bfd"
        if options.contains("-fuse-ld=bfd"), !Toolchain.has(linker) { return print("skipped: no \(linker)") }
        if options.contains("-fuse-ld=gold"), !Toolchain.has("ld.gold") { return print("skipped: no ld.gold") }
        let path = try workshop.build(
            "stubs.so", ["-shared", "-fPIC", "-nostdlib", "-O1"] + options, source: "stubs.c")

        let addresses = try stubAddresses(of: path)
        let rows = try SymbolFile(path, buildID: try buildID(of: path))
            .rows(at: addresses, limits: SymbolLimits(time: .seconds(60), inflated: 0))
        let names = Set(rows.compactMap { $0.last?.rawName })
        #expect(names == ["first@plt", "second@plt", "third@plt", "chosen@plt"])
        for (address, row) in zip(addresses, rows) {
            guard let row = row.last, let start = row.symbolAddress else { continue }
            #expect(start <= address && address < start + 24, "\(row.rawName ?? "") at \(address)")
        }
        // What another program says, where it understands the form.
        if options.contains(where: { $0.hasPrefix("-fcf-protection") }) { return }
        for (start, name) in try disassembledStubs(of: path) {
            let index = try #require(addresses.firstIndex(of: start))
            #expect(rows[index].last?.rawName == name)
            #expect(rows[index].last?.symbolAddress == start)
        }
    }

    @Test func `a debug file, which has no stubs, is completed by those of the image`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("stubs.so", ["-shared", "-fPIC", "-nostdlib"], source: "stubs.c")
        let id = try buildID(of: path)
        let debug = URL(fileURLWithPath: DebugFile.separate(buildID: id, directories: [workshop.path("debug")])[0])
        try FileManager.default.createDirectory(
            at: debug.deletingLastPathComponent(), withIntermediateDirectories: true)
        _ = try Toolchain.run("llvm-objcopy", ["--only-keep-debug", path, debug.path])
        let addresses = try stubAddresses(of: path)
        _ = try Toolchain.run("llvm-objcopy", ["--strip-all", path])
        let options = SymbolicatorOptions(debugFileDirectories: [workshop.path("debug")])
        let file = try DebugFile.open(path: path, buildID: id, options: options)
        let hasDebugInfo = file.hasDebugInfo
        #expect(hasDebugInfo)
        let rows = file.rows(at: addresses, limits: SymbolLimits(time: .seconds(60), inflated: 0))
        let names = Set(rows.compactMap { $0.last?.rawName })
        #expect(names == ["first@plt", "second@plt", "third@plt", "chosen@plt"])
    }

    @Test func `a stub is no function of the service`() {
        let name = FunctionName("_ZN4shop5priceEi@plt")
        #expect(name.display == "shop::price(int)@plt")
        #expect(name.isMade)
    }

    /// Every fourth byte of the sections with stubs: `[12] .plt PROGBITS 0000000000001020 001020 000070`.
    private func stubAddresses(of path: String) throws -> [UInt64] {
        try Toolchain.run("readelf", ["--sections", "--wide", path]).split(separator: "\n").flatMap { line in
            let words = line.split(whereSeparator: { " []".contains($0) })
            guard words.count > 5, words[1].hasPrefix(".plt") || words[1] == ".iplt",
                let start = UInt64(words[3], radix: 16), let size = UInt64(words[5], radix: 16)
            else { return [UInt64]() }
            return Array(stride(from: start, to: start + size, by: 4))
        }
    }

    /// `0000000000001040 <first@plt>:`
    private func disassembledStubs(of path: String) throws -> [(UInt64, String)] {
        try Toolchain.run("llvm-objdump", ["--disassemble", path]).split(separator: "\n").compactMap { line in
            guard line.hasSuffix("@plt>:"), let start = UInt64(line.prefix { $0 != " " }, radix: 16) else { return nil }
            return (start, String(line.split(separator: " ")[1].dropFirst().dropLast(2)))
        }
    }
}
