// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import FaultlineSymbols

@Suite struct DebugFileTests {
    @Test func `files are looked up by build id in each directory`() {
        #expect(
            DebugFile.separate(buildID: [0xf1, 0x03, 0xbc], directories: ["/symbols", "/usr/lib/debug"]) == [
                "/symbols/.build-id/f1/03bc.debug", "/usr/lib/debug/.build-id/f1/03bc.debug",
            ])
    }

    @Test func `a link leads beside the image, and below each directory`() {
        #expect(
            DebugFile.linked("shop.debug", from: "/nowhere/bin/shop", directories: ["/symbols"]) == [
                "/nowhere/bin/shop.debug", "/nowhere/bin/.debug/shop.debug", "/symbols/nowhere/bin/shop.debug",
            ])
    }

    @Test(arguments: ["", "../shop.debug", "/etc/passwd"])
    func `a link that is no plain file name leads nowhere`(name: String) {
        #expect(DebugFile.linked(name, from: "/nowhere/bin/shop", directories: ["/symbols"]) == [])
    }

    @Test func `a link to the image itself leads nowhere else`() {
        #expect(
            DebugFile.linked("shop", from: "/nowhere/shop", directories: []) == ["/nowhere/.debug/shop"])
    }

    @Test func `a build id is read from hexadecimal of either case`() {
        #expect(DebugFile.buildID("f1C3bc") == [0xf1, 0xc3, 0xbc])
        for text in ["", "f", "f1c", "g1", "f1 3"] { #expect(DebugFile.buildID(text) == nil, "\(text)") }
    }
}

@Suite(.enabled(if: Toolchain.directory != nil, "no clang and swiftc in one directory of PATH"))
struct SeparateDebugFileTests {
    private let workshop: Workshop
    private let whole: String
    private let id: [UInt8]
    private let stripped: String

    init() throws {
        workshop = try Workshop()
        whole = try workshop.build()
        id = try buildID(of: whole)
        stripped = workshop.path("bin/shop")
        try makeDirectory(of: stripped)
    }

    @Test func `a stripped image has the lines of the file with its build id`() throws {
        _ = try Toolchain.run("llvm-objcopy", ["--strip-all", whole, stripped])
        let name = DebugFile.separate(buildID: id, directories: [workshop.path("debug")])[0]
        try split(into: name)
        #expect(try hasDebugInfo(stripped) == false)
        #expect(try hasDebugInfo(stripped, directories: ["debug"]))
        #expect(try hasDebugInfo(workshop.path("gone"), directories: ["debug"]))
    }

    @Test func `a stripped image has the lines of the file that it names`() throws {
        let places = ["bin/shop.debug", "bin/.debug/shop.debug", "debug\(workshop.path("bin"))/shop.debug"]
        for place in places {
            let file = workshop.path(place)
            try split(into: file)
            try strip(linkingTo: file)
            #expect(try hasDebugInfo(stripped, directories: ["debug"]), "\(place)")
            try FileManager.default.removeItem(atPath: file)
            #expect(try hasDebugInfo(stripped, directories: ["debug"]) == false)
        }
    }

    @Test func `symbolic links to the image are followed to the file that it names`() throws {
        let file = workshop.path("bin/shop.debug")
        try split(into: file)
        try strip(linkingTo: file)
        let link = workshop.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: stripped)
        #expect(try hasDebugInfo(link))
    }

    @Test func `a file without a build id is taken by its sum, and not when a byte has changed`() throws {
        let file = workshop.path("bin/shop.debug")
        try split(into: file, ["--remove-section=.note.gnu.build-id"])
        try strip(linkingTo: file)
        #expect(try hasDebugInfo(stripped))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file))
        #expect(try hasDebugInfo(stripped) == false)
    }

    @Test func `a sum is not waited for past the time limit`() throws {
        let file = workshop.path("bin/shop.debug")
        try split(into: file, ["--remove-section=.note.gnu.build-id"])
        try strip(linkingTo: file)
        #expect(try hasDebugInfo(stripped, timeLimit: .zero) == false)
    }

    @Test func `a file with another build id is never used, whatever its sum`() throws {
        let other = try workshop.build("other", ["-O0"])
        #expect(try buildID(of: other) != id)
        let file = workshop.path("bin/shop.debug")
        _ = try Toolchain.run("llvm-objcopy", ["--only-keep-debug", other, file])
        try strip(linkingTo: file)
        #expect(try hasDebugInfo(stripped) == false)
    }

    @Test func `names that only the image has complete its debug file`() throws {
        let library = try workshop.build("library.so", ["-shared", "-fPIC"])
        let id = try buildID(of: library)
        _ = try Toolchain.run("llvm-objcopy", ["--strip-all", library, stripped])
        let name = DebugFile.separate(buildID: id, directories: [workshop.path("debug")])[0]
        // Without its own symbol table, as some distributions ship them.
        try makeDirectory(of: name)
        _ = try Toolchain.run(
            "llvm-objcopy", ["--only-keep-debug", "--remove-section=.symtab", library, name])
        let addresses = try functionAddresses(of: library, named: "entry")
        let file = try DebugFile.open(path: stripped, buildID: id, options: options(["debug"]))
        let rows = file.rows(at: addresses, limits: SymbolLimits(time: .seconds(60), inflated: 1 << 28))
        #expect(rows.allSatisfy { $0.last?.rawName == "entry" && $0.last?.symbolAddress == addresses.first })
        #expect(rows.contains { $0.count == 3 && $0.allSatisfy { $0.line != nil } }, "lines and inlines")
    }

    // MARK: - How it is done

    private func options(_ directories: [String], timeLimit: Duration = .seconds(60)) -> SymbolicatorOptions {
        var options = SymbolicatorOptions(debugFileDirectories: directories.map { workshop.path($0) })
        options.limits.time = timeLimit
        return options
    }

    private func hasDebugInfo(
        _ path: String, directories: [String] = [], timeLimit: Duration = .seconds(60)
    ) throws -> Bool {
        let options = options(directories, timeLimit: timeLimit)
        return try DebugFile.open(path: path, buildID: id, options: options).hasDebugInfo
    }

    private func makeDirectory(of path: String) throws {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func split(into path: String, _ arguments: [String] = []) throws {
        try makeDirectory(of: path)
        _ = try Toolchain.run("llvm-objcopy", ["--only-keep-debug"] + arguments + [whole, path])
    }

    private func strip(linkingTo file: String) throws {
        _ = try Toolchain.run("llvm-objcopy", ["--strip-all", "--add-gnu-debuglink=\(file)", whole, stripped])
    }
}
