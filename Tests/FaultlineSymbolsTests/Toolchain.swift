// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Programs that lie beside the compiler, and binaries made with them.
enum Toolchain {
    /// The directory of the `clang` that Swift links with.
    static let directory: URL? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").lazy
            .map { URL(fileURLWithPath: String($0), isDirectory: true).resolvingSymlinksInPath() }
            .first { directory in
                ["clang", "swiftc"].allSatisfy {
                    FileManager.default.isExecutableFile(atPath: directory.appendingPathComponent($0).path)
                }
            }
    }()

    static var hasSymbolizer: Bool {
        directory.map {
            FileManager.default.isExecutableFile(atPath: $0.appendingPathComponent("llvm-symbolizer").path)
        }
            ?? false
    }

    /// Whether a program is in PATH.
    static func has(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }

    /// Standard output of a program of the toolchain, else of PATH; `input` is its standard input.
    static func run(_ name: String, _ arguments: [String], input: String = "") throws -> String {
        let process = Process()
        let own = try #require(directory).appendingPathComponent(name)
        let isOwn = FileManager.default.isExecutableFile(atPath: own.path)
        process.executableURL = isOwn ? own : URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = isOwn ? arguments : [name] + arguments
        let output = Pipe()
        // A file, since the program may answer before all of a pipe is read.
        let inputFile = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(input.utf8).write(to: inputFile)
        defer { try? FileManager.default.removeItem(at: inputFile) }
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(name) \(arguments)")
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A directory that goes with the test.
final class Workshop {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("faultline-symbols-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    static func fixture(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/" + name).path
    }

    /// A file of `Fixtures`, or one that lies elsewhere, compiled and linked.
    func build(
        _ name: String = "inlines", _ options: [String] = [], source file: String = "inlines.c"
    ) throws -> String {
        let source = file.hasPrefix("/") ? file : Self.fixture(file)
        _ = try Toolchain.run(
            "clang", ["-O2", "-g", "-Wl,--build-id=sha1", "-o", path(name), source] + options)
        return path(name)
    }

    /// A Swift file of `Fixtures`, optimised.
    func buildSwift(_ options: [String] = [], source: String = "inlines.swift", module: String = "Inlines") throws
        -> String
    {
        let own = ["-O", "-g", "-parse-as-library", "-module-name", module, "-Xlinker", "--build-id=sha1"]
        _ = try Toolchain.run("swiftc", own + ["-o", path(module), Self.fixture(source)] + options)
        return path(module)
    }

    /// A program of one Swift file, optimised.
    func buildProgram(_ source: String) throws -> String {
        try Data(source.utf8).write(to: directory.appendingPathComponent("main.swift"))
        _ = try Toolchain.run("swiftc", ["-O", "-g", "-o", path("program"), path("main.swift")])
        return path("program")
    }
}

/// Seconds since 1970; the file system may keep another time.
func setModified(_ path: String, _ seconds: Int) -> Bool {
    let time = timespec(tv_sec: seconds, tv_nsec: 0)
    return utimensat(AT_FDCWD, path, [time, time], 0) == 0
}
