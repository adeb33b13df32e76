// SPDX-License-Identifier: Apache-2.0

import FaultlineFiles
import Foundation
import Testing

@testable import FaultlineSymbols

@Suite(.enabled(if: Toolchain.directory != nil, "no clang and swiftc in one directory of PATH"))
struct SymbolIndexesTests {
    private static let limits = SymbolLimits(time: .seconds(60))

    private let workshop: Workshop
    private let binary: String
    private let buildID: [UInt8]
    private let addresses: [UInt64]
    private var indexes: SymbolIndexes

    init() throws {
        workshop = try Workshop()
        binary = try workshop.build()
        buildID = try FaultlineSymbolsTests.buildID(of: binary)
        addresses = try functionAddresses(of: binary) + [0, 1, .max]
        indexes = SymbolIndexes(directory: workshop.path("symbols"))
        indexes.worthwhileSize = 0
    }

    /// Stores the binary's index; its path.
    private func stored() throws -> String {
        try indexes.store(SymbolFile(binary, buildID: buildID), buildID: buildID, limits: Self.limits)
        let name = try #require(WholeFile.names(in: indexes.directory).first)
        return "\(indexes.directory)/\(name)"
    }

    private func rows(withIndex: Bool) throws -> (rows: [[SymbolRow]], hasIndex: Bool) {
        let file = try SymbolFile(binary, buildID: buildID)
        if withIndex { indexes.apply(to: file, buildID: buildID) }
        let rows = file.rows(at: addresses, limits: Self.limits)
        return (rows, file.hasIndex)
    }

    @Test func `an index changes no answer`() throws {
        _ = try stored()
        let expected = try rows(withIndex: false)
        let found = try rows(withIndex: true)
        #expect(!expected.hasIndex)
        #expect(found.hasIndex)
        #expect(found.rows == expected.rows)
        #expect(expected.rows.contains { $0.count > 1 })
    }

    @Test func `an index made after a look-up is of its file, compressed or not`() throws {
        for options in [["-gdwarf-4"], ["-gdwarf-5", "-gz"]] {
            let path = try workshop.build("other", options)
            let id = try FaultlineSymbolsTests.buildID(of: path)
            let first = try SymbolFile(path, buildID: id)
            let expected = first.rows(at: addresses, limits: Self.limits)
            try indexes.store(first, buildID: id, limits: Self.limits)
            let second = try SymbolFile(path, buildID: id)
            indexes.apply(to: second, buildID: id)
            let found = second.rows(at: addresses, limits: Self.limits)
            let hasIndex = second.hasIndex
            #expect(hasIndex && found == expected, "\(options)")
        }
    }

    @Test func `an index is the user's alone`() throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: try stored())
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `what a killed writer left an hour ago goes with the next index`() throws {
        try FileManager.default.createDirectory(atPath: indexes.directory, withIntermediateDirectories: true)
        for (name, age) in [(".old.index.1.tmp", 4000.0), (".new.index.2.tmp", 0)] {
            let path = "\(indexes.directory)/\(name)"
            try Data().write(to: URL(fileURLWithPath: path))
            let attributes = [FileAttributeKey.modificationDate: Date(timeIntervalSinceNow: -age)]
            try FileManager.default.setAttributes(attributes, ofItemAtPath: path)
        }
        _ = try stored()
        let names = WholeFile.names(in: indexes.directory)
        #expect(names.count == 2 && names.contains(".new.index.2.tmp"), "\(names)")
    }

    @Test func `a damaged index is not believed`() throws {
        let path = try stored()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let expected = try rows(withIndex: false).rows
        for offset in whole.indices {
            var damaged = whole
            damaged[offset] ^= 0x41
            try damaged.write(to: URL(fileURLWithPath: path))
            let found = try rows(withIndex: true)
            #expect(found.rows == expected, "byte \(offset)")
        }
        for length in stride(from: 0, to: whole.count, by: 7) {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            let found = try rows(withIndex: true)
            #expect(found.rows == expected && !found.hasIndex, "\(length) bytes")
        }
    }

    @Test func `an index that was damaged is made anew`() throws {
        let path = try stored()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try Data(whole.dropLast()).write(to: URL(fileURLWithPath: path))
        _ = try stored()
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
    }

    /// Its build id is the same, and its sections lie elsewhere.
    @Test func `an index is not used for a stripped copy of its file`() throws {
        let path = try stored()
        let stripped = workshop.path("stripped")
        _ = try Toolchain.run("llvm-objcopy", ["--strip-debug", binary, stripped])
        let file = try SymbolFile(stripped, buildID: buildID)
        let isUsed = file.useIndex(path)
        #expect(!isUsed)
    }

    @Test func `a small file gets no index`() throws {
        let indexes = SymbolIndexes(directory: workshop.path("symbols"))
        try indexes.store(SymbolFile(binary, buildID: buildID), buildID: buildID, limits: Self.limits)
        #expect(WholeFile.names(in: indexes.directory).isEmpty)
    }

    @Test func `what was not used for longest goes when there is no room`() throws {
        let path = try stored()
        let size = try #require(WholeFile.status(path)?.size)
        let directory = URL(fileURLWithPath: indexes.directory)
        for (name, age) in [("aa.index", 300.0), ("bb.index", 100), ("cc.index", 200), ("notes", 900)] {
            let other = directory.appendingPathComponent(name).path
            try Data(count: size).write(to: URL(fileURLWithPath: other))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: other)
        }
        try FileManager.default.removeItem(atPath: path)
        var capped = indexes
        capped.capacity = 3 * size
        try capped.store(SymbolFile(binary, buildID: buildID), buildID: buildID, limits: Self.limits)
        let left = Set(WholeFile.names(in: indexes.directory))
        #expect(left == ["bb.index", "cc.index", "notes", String(path.split(separator: "/").last ?? "")])
    }

    /// In a file system that keeps such sizes and times, where there is one.
    @Test func `files of no possible size or age make room, and what is no file stays`() throws {
        let memory = "/dev/shm/faultline-symbols-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: memory) }
        let hasMemory =
            (try? FileManager.default.createDirectory(atPath: memory, withIntermediateDirectories: false)) != nil
        let indexes = SymbolIndexes(directory: hasMemory ? memory : workshop.path("symbols"), worthwhileSize: 0)
        try FileManager.default.createDirectory(atPath: indexes.directory, withIntermediateDirectories: true)
        for name in ["aa.index", "bb.index", "cc.index"] {
            let path = "\(indexes.directory)/\(name)"
            try Data().write(to: URL(fileURLWithPath: path))
            // tmpfs takes it; of others, the largest that they do
            if truncate(path, .max) != 0 { try #require(truncate(path, 1 << 40) == 0) }
            try #require(setModified(path, name == "aa.index" ? .min : .max))
            let age = try #require(WholeFile.status(path)).age
            #expect((age > 0) == (name == "aa.index"))
        }
        try FileManager.default.createSymbolicLink(
            atPath: "\(indexes.directory)/dd.index", withDestinationPath: "nowhere")
        try indexes.store(SymbolFile(binary, buildID: buildID), buildID: buildID, limits: Self.limits)
        let left = WholeFile.names(in: indexes.directory)
        #expect(left.count == 2 && left.contains("dd.index"))
    }

    @Test func `a directory that cannot be written is told`() throws {
        let file = try SymbolFile(binary, buildID: buildID)
        try Data().write(to: URL(fileURLWithPath: indexes.directory))
        #expect(throws: SystemError.self) {
            try indexes.store(file, buildID: buildID, limits: Self.limits)
        }
    }
}
