// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import FaultlineSymbols

@Suite struct DebugFileTests {
    @Test func `candidates are the image, then files by build id`() {
        let candidates = DebugFile.candidates(
            path: "/srv/shop", buildID: [0xf1, 0x03, 0xbc], directories: ["/symbols"])
        #expect(
            candidates == [
                "/srv/shop", "/symbols/.build-id/f1/03bc.debug", "/usr/lib/debug/.build-id/f1/03bc.debug",
            ])
    }

    @Test func `a build id is read from hexadecimal of either case`() {
        #expect(DebugFile.buildID("f1C3bc") == [0xf1, 0xc3, 0xbc])
        for text in ["", "f", "f1c", "g1", "f1 3"] { #expect(DebugFile.buildID(text) == nil, "\(text)") }
    }

    @Test(.enabled(if: Toolchain.directory != nil, "no clang and swiftc in one directory of PATH"))
    func `a stripped image has the lines of its debug file`() throws {
        let workshop = try Workshop()
        let whole = try workshop.build()
        let id = try buildID(of: whole)
        let stripped = workshop.path("stripped")
        _ = try Toolchain.run("llvm-objcopy", ["--strip-all", whole, stripped])
        let names = DebugFile.separate(buildID: id, directories: [workshop.path("debug")])
        let debug = URL(fileURLWithPath: try #require(names.first))
        try FileManager.default.createDirectory(
            at: debug.deletingLastPathComponent(), withIntermediateDirectories: true)
        _ = try Toolchain.run("llvm-objcopy", ["--only-keep-debug", whole, debug.path])

        #expect(try hasDebugInfo(stripped, id, []) == false)
        #expect(try hasDebugInfo(stripped, id, [workshop.path("debug")]))
        #expect(try hasDebugInfo(workshop.path("gone"), id, [workshop.path("debug")]))
    }

    private func hasDebugInfo(_ path: String, _ id: [UInt8], _ directories: [String]) throws -> Bool {
        try DebugFile.open(path: path, buildID: id, directories: directories).hasDebugInfo
    }
}
