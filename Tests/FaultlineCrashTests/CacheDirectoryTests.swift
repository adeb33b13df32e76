// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Testing

@testable import FaultlineCrash

@Suite struct CacheDirectoryTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/faultline-cache-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `the option comes before the environment`() throws {
        try withDirectory { base in
            let found = CacheDirectory.find(option: "\(base)/a", serviceName: "shop") { _ in "\(base)/b" }
            #expect(found.directory?.path == "\(base)/a/faultline-\(geteuid())/shop")
            #expect(found.warnings.isEmpty)
        }
    }

    @Test func `every directory is for its owner alone`() throws {
        try withDirectory { base in
            let found = CacheDirectory.find(option: base, serviceName: "shop") { _ in nil }
            let directory = try #require(found.directory)
            for path in [directory.path, directory.runs, directory.outbox, directory.quarantine] {
                #expect(mode(path) == 0o700, "\(path)")
            }
        }
    }

    @Test func `an option that cannot be used is told by name, and the next place is taken`() throws {
        try withDirectory { base in
            _ = FileManager.default.createFile(atPath: "\(base)/file", contents: nil)
            let found = CacheDirectory.find(option: "\(base)/file/below", serviceName: "shop") {
                $0 == "FAULTLINE_DIR" ? base : nil
            }
            #expect(found.directory?.path.hasPrefix(base + "/faultline-") == true)
            #expect(found.warnings.count == 1)
            #expect(found.warnings.first?.contains("cacheDirectory") == true)
            #expect(found.warnings.first?.contains("\(base)/file/below") == true)
        }
    }

    @Test func `a link in place of the directory is refused`() throws {
        try withDirectory { base in
            try FileManager.default.createDirectory(atPath: "\(base)/elsewhere", withIntermediateDirectories: false)
            symlink("\(base)/elsewhere", "\(base)/faultline-\(geteuid())")
            let found = CacheDirectory.find(option: base, serviceName: "shop") { _ in nil }
            #expect(found.directory?.path.hasPrefix(base) != true)
            #expect(found.warnings.first?.contains(base) == true)
        }
    }

    @Test(arguments: [
        ("shop", "shop"), ("my shop/v2", "my-shop-v2"), ("", "service"), ("..", "service.."), ("läden", "l-den"),
    ])
    func `a service's name becomes the name of a file`(_ name: String, _ expected: String) {
        #expect(CacheDirectory.fileName(name) == expected)
    }
}
