// SPDX-License-Identifier: Apache-2.0

@testable import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension SystemFiles {
    /// Gives `body` the files of a machine that is not this one.
    static func of<Result>(_ files: [String: String], _ body: (SystemFiles) throws -> Result) rethrows -> Result {
        let directory = TemporaryDirectory()
        for (path, text) in files {
            var folder = directory.path
            for name in path.split(separator: "/").dropLast() {
                folder += "/\(name)"
                mkdir(folder, 0o700)
            }
            let descriptor = open(directory.path + path, O_WRONLY | O_CREAT, 0o600)
            _ = write(descriptor, text, text.utf8.count)
            close(descriptor)
        }
        return try withExtendedLifetime(directory) { try body(SystemFiles(root: directory.path)) }
    }
}
