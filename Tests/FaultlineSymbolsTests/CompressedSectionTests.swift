// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import FaultlineSymbols

@Suite(.enabled(if: Toolchain.directory != nil, "no clang and swiftc in one directory of PATH"))
struct CompressedSectionTests {
    private let workshop: Workshop
    private let whole: String
    private let id: [UInt8]
    private let addresses: [UInt64]

    init() throws {
        workshop = try Workshop()
        whole = try workshop.build()
        id = try buildID(of: whole)
        addresses = try functionAddresses(of: whole, named: "entry")
    }

    private func rows(_ path: String, inflatedLimit: UInt64 = 1 << 28) throws -> [[SymbolRow]] {
        try SymbolFile(path, buildID: id).rows(
            at: addresses, limits: SymbolLimits(time: .seconds(60), inflated: inflatedLimit))
    }

    /// `objcopy` of binutils: the toolchain's own may be built without zstd. nil: neither can.
    private func compressedByZstd() throws -> String? {
        guard dlopen("libzstd.so.1", RTLD_LAZY) != nil else {
            print("skipped: no libzstd.so.1")
            return nil
        }
        guard Toolchain.has("objcopy"), try Toolchain.run("objcopy", ["--help"]).contains("zstd") else {
            print("skipped: no objcopy that knows zstd")
            return nil
        }
        let path = workshop.path("compressed")
        _ = try Toolchain.run("objcopy", ["--compress-debug-sections=zstd", whole, path])
        return path
    }

    @Test func `sections compressed by zstd give the same rows`() throws {
        guard let path = try compressedByZstd() else { return }
        try #require(try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Self.frameMagic) != nil)
        #expect(try rows(path) == rows(whole))
    }

    @Test func `a damaged frame of zstd costs lines, not names`() throws {
        guard let path = try compressedByZstd() else { return }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        while let frame = bytes.range(of: Self.frameMagic) { bytes[frame.lowerBound] ^= 0xff }
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try rows(path).allSatisfy { $0.first?.rawName == "entry" && $0.first?.line == nil })
    }

    @Test func `the limit of inflated bytes holds for zstd, too`() throws {
        guard let path = try compressedByZstd() else { return }
        #expect(
            try rows(path, inflatedLimit: 16).allSatisfy { $0.first?.rawName == "entry" && $0.first?.line == nil })
    }

    /// Source: RFC 8878, section 3.1.1.
    private static let frameMagic = Data([0x28, 0xb5, 0x2f, 0xfd])
}
