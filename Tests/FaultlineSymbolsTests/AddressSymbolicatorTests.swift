// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import FaultlineSymbols

@Suite(.enabled(if: Toolchain.directory != nil, "no clang and swiftc in one directory of PATH"))
struct AddressSymbolicatorTests {
    /// Also without a build id: nobody says which build it has to be.
    @Test(
        .enabled(if: Toolchain.hasSymbolizer, "no llvm-symbolizer in the toolchain"),
        arguments: [["-gdwarf-4"], ["-gdwarf-5", "-Wl,--build-id=none"], ["-O0"]])
    func `chains as text are llvm-symbolizer's, to the byte`(options: [String]) throws {
        let workshop = try Workshop()
        let path = try workshop.build("text", options)
        let addresses = try functionAddresses(of: path) + [0]
        let input = addresses.map { "0x\(String($0, radix: 16))\n" }.joined()
        let expected = try Toolchain.run(
            "llvm-symbolizer", ["--obj=\(path)", "--functions=linkage", "--no-demangle"], input: input)
        #expect(try chains(path, addresses, format: .text { $0 }).joined() == expected)
    }

    @Test func `chains as JSON are objects of one line, with the address as it was given`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("json")
        let start = try #require(try functionAddresses(of: path, named: "main").first)
        let line = try #require(try chains(path, [start]).first)
        let frame = try #require(try chain(line).first)
        let source = try #require(frame["file"] as? String)
        #expect(source.hasPrefix("/") && source.hasSuffix("/Fixtures/inlines.c"))
        let number = try #require(frame["line"] as? Int)
        let column = try #require(frame["column"] as? Int)
        #expect(number > 0)
        #expect(
            line == """
                {"address":"0x\(String(start, radix: 16))","frames":[{"function":"main","raw_function":"main",\
                "file":"\(source)","line":\(number),"column":\(column),"inlined":false}]}

                """)
    }

    @Test func `a return address is looked up one byte earlier`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("returns")
        let addresses = try functionAddresses(of: path)
        let corrected = try chains(path, addresses.map { $0 + 1 }, areReturnAddresses: true)
        #expect(corrected.map(frames(of:)) == (try chains(path, addresses)).map(frames(of:)))
        #expect(corrected.first?.hasPrefix("{\"address\":\"0x\(String(addresses[0] + 1, radix: 16))\"") == true)
        #expect(try chains(path, [0], areReturnAddresses: true) == ["{\"address\":\"0x0\",\"frames\":[]}\n"])
    }

    @Test func `an address among many has the answer that it has alone`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("many")
        let few = Array(try functionAddresses(of: path).prefix(60))
        let alone = try few.flatMap { try chains(path, [$0]) }
        #expect(alone.contains { $0.contains(#""inlined":true"#) })
        // More rows than a look-up has room for (FL_MAX_ROWS, 2^18).
        let count = 300_000
        let symbolicator = try AddressSymbolicator(image: path, options: SymbolicatorOptions())
        let expected = alone.map { Array($0.utf8) }
        var next = 0, wrong = 0
        let addresses = (0..<count).map { few[$0 % few.count] }
        symbolicator.chains(at: addresses, areReturnAddresses: false, format: .json) { index, chain in
            if index != next || chain != expected[index % expected.count] { wrong += 1 }
            next += 1
        }
        #expect(next == count)
        #expect(wrong == 0)
    }

    @Test func `names in text are shown as the caller wants them, files too`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("shown")
        let start = try #require(try functionAddresses(of: path, named: "main").first)
        let text = try #require(try chains(path, [start], format: .text { "<\($0)>" }).first)
        #expect(text.hasPrefix("<main>\n</") && text.contains("/inlines.c>:"), "\(text)")
    }

    @Test func `what is not known is null, and 0`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("names", ["-Wl,--strip-debug"])
        let start = try #require(try functionAddresses(of: path, named: "entry").first)
        let line = try #require(try chains(path, [start]).first)
        #expect(
            line.contains(
                #"[{"function":"entry","raw_function":"entry","file":null,"line":0,"column":0,"inlined":false}]"#))
    }

    @Test func `Swift's names are given both ways`() throws {
        let workshop = try Workshop()
        let path = try workshop.buildProgram(
            """
            @inline(never) func price(ofLine line: Int) -> Int { line * 2 }
            print(price(ofLine: CommandLine.arguments.count))
            """)
        let symbols = try Toolchain.run("llvm-nm", ["--defined-only", path]).split(separator: "\n")
        let symbol = try #require(symbols.first { $0.hasSuffix("price6ofLineS2i_tF") })
        let words = symbol.split(separator: " ")
        let start = try #require(UInt64(words[0], radix: 16))
        let frame = try #require(try chains(path, [start]).map(chain(_:)).first?.last)
        #expect(frame["function"] as? String == "price(ofLine:)")
        #expect(frame["raw_function"] as? String == String(words[2]))
    }

    @Test func `an image without debug information has that of its debug file`() throws {
        let workshop = try Workshop()
        let whole = try workshop.build()
        let stripped = workshop.path("stripped")
        _ = try Toolchain.run("llvm-objcopy", ["--strip-all", whole, stripped])
        let name = try #require(
            DebugFile.separate(buildID: try buildID(of: whole), directories: [workshop.path("debug")]).first)
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: name).deletingLastPathComponent(), withIntermediateDirectories: true)
        _ = try Toolchain.run("llvm-objcopy", ["--only-keep-debug", whole, name])
        let addresses = try functionAddresses(of: whole)
        let options = SymbolicatorOptions(debugFileDirectories: [workshop.path("debug")])
        #expect(try chains(stripped, addresses, options: options) == chains(whole, addresses))
        #expect(try chains(stripped, addresses) != chains(whole, addresses))
    }

    /// With a build id in neither file, or in the debug file alone: strip can take it from the image.
    @Test(arguments: [["-Wl,--build-id=none"], []])
    func `an image without a build id has the debug file that it names, by its sum`(options: [String]) throws {
        let workshop = try Workshop()
        let whole = try workshop.build("whole", options)
        let stripped = workshop.path("stripped")
        let debug = workshop.path("stripped.debug")
        _ = try Toolchain.run("llvm-objcopy", ["--only-keep-debug", whole, debug])
        _ = try Toolchain.run(
            "llvm-objcopy",
            ["--strip-all", "--remove-section=.note.gnu.build-id", "--add-gnu-debuglink=\(debug)", whole, stripped])
        let addresses = try functionAddresses(of: whole)
        let expected = try chains(whole, addresses)
        #expect(try chains(stripped, addresses) == expected)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: debug))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: debug))
        #expect(try chains(stripped, addresses) != expected)
    }

    @Test func `a file that is none is named, with the reason`() throws {
        let workshop = try Workshop()
        let script = workshop.path("script")
        try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: script))
        let empty = workshop.path("empty")
        try Data().write(to: URL(fileURLWithPath: empty))
        let paths = [
            script: "not a 64-bit little-endian ELF file", workshop.path("gone"): "No such file or directory",
            workshop.directory.path: "not a regular file", empty: "is empty",
        ]
        for (path, reason) in paths {
            let error = #expect(throws: AddressSymbolicatorError.self) { try chains(path, []) }
            #expect(error?.description == "\(path): \(reason)")
        }
    }

    private func chains(
        _ path: String, _ addresses: [UInt64], areReturnAddresses: Bool = false,
        format: AddressSymbolicator.Format = .json, options: SymbolicatorOptions = SymbolicatorOptions()
    ) throws -> [String] {
        let symbolicator = try AddressSymbolicator(image: path, options: options)
        var found: [String] = []
        symbolicator.chains(at: addresses, areReturnAddresses: areReturnAddresses, format: format) { index, chain in
            #expect(index == found.count)
            found.append(String(decoding: chain, as: UTF8.self))
        }
        #expect(found.count == addresses.count)
        return found
    }

    /// As text.
    private func frames(of line: String) -> Substring { line.drop { $0 != "[" } }

    private func chain(_ line: String) throws -> [[String: Any]] {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return try #require(object?["frames"] as? [[String: Any]])
    }
}
