// SPDX-License-Identifier: Apache-2.0

import CFaultlineCrash
import FaultlineFiles
import FoundationEssentials
import Glibc
import Testing

@testable import FaultlineCrash
@testable import FaultlineSymbols

@Suite struct MappingGuardTests {
    @Test func `a file that is cut short while it is symbolicated costs its names, not the process`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let file = try OpenedCopy(options: MappingGuardTests.guarded())
            #expect(file.answers)
            file.cutShort()
            exit(file.answers ? 1 : 0)
        }
    }

    @Test func `a file that vanishes from its place keeps its names`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let file = try OpenedCopy(options: MappingGuardTests.guarded())
            unlink(file.path)
            exit(file.answers ? 0 : 1)
        }
    }

    @Test func `what is not guarded dies of it, and so does what is not ours`() async {
        await #expect(processExitsWith: .signal(SIGBUS)) {
            _ = try MappingGuardTests.guarded()
            let file = try OpenedCopy(options: SymbolicatorOptions())
            file.cutShort()
            exit(file.answers ? 1 : 0)
        }
    }

    @Test func `a guard is free again when its file is closed, and refused when there are too many`() throws {
        let options = Self.options
        for _ in 0..<100 { _ = try OpenedCopy(of: "/bin/true", options: options) }
        #expect(throws: SymbolFile.Failure.unreadable(code: EBUSY)) {
            var files: [OpenedCopy] = []
            for _ in 0..<100 { files.append(try OpenedCopy(of: "/bin/true", options: options)) }
        }
    }

    /// As a service has them that reports crashes.
    fileprivate static func guarded() throws -> SymbolicatorOptions {
        var options = fl_crash_options()
        options.run_directory = -1
        options.envelope = -1
        let error = "".withCString { empty in
            options.header_members = empty
            options.event_id = empty
            options.facts = empty
            return fl_crash_install(&options)
        }
        try #require(error == 0)
        return Self.options
    }

    private static var options: SymbolicatorOptions {
        var options = SymbolicatorOptions()
        options.mappingGuard = .handler
        return options
    }
}

/// A copy of a file, by default of libswiftCore, opened for its names.
private final class OpenedCopy {
    let path: String
    private let file: SymbolFile

    init(of file: String? = nil, options: SymbolicatorOptions) throws {
        path = "/tmp/faultline-guard-\(UUID())"
        try FileManager.default.copyItem(atPath: try file ?? Self.library(), toPath: path)
        self.file = try SymbolFile(path, buildID: nil, options: options)
    }

    deinit {
        unlink(path)
    }

    private static func library() throws -> String {
        let descriptor = open("/proc/self/maps", O_RDONLY)
        defer { close(descriptor) }
        let maps = String(decoding: try #require(WholeFile.read(descriptor, limit: 16 << 20)), as: UTF8.self)
        let line = try #require(maps.split(separator: "\n").first { $0.hasSuffix("/libswiftCore.so") })
        return String(line.drop { $0 != "/" })
    }

    func cutShort() { truncate(path, 4096) }

    /// Whether there is a name at any of many addresses.
    var answers: Bool {
        let addresses = Array(stride(from: UInt64(0), to: 8 << 20, by: 4096))
        return file.rows(at: addresses, limits: SymbolLimits(time: .seconds(60), inflated: 1 << 28)).contains {
            !$0.isEmpty
        }
    }
}
