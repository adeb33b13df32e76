// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The small files in which a Linux machine tells of itself.
struct SystemFiles {
    /// What stands before each path: empty, but in tests.
    var root = ""

    /// At most `limit` bytes of a file's beginning; nil when there is none.
    func text(_ path: String, limit: Int = 4096) -> String? {
        // Not to wait for a writer, should it be a pipe.
        let descriptor = open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return WholeFile.read(descriptor, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The first word of a file.
    func word(_ path: String) -> Substring? {
        text(path).flatMap { Self.words(Substring($0)).first }
    }

    // By bytes: by characters it takes ten times as long, and the service waits for its start.

    static func lines(_ text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n")).map { Substring($0) }
    }

    /// What blanks and line ends separate.
    static func words(_ text: Substring) -> [Substring] {
        text.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map { Substring($0) }
    }

    func exists(_ path: String) -> Bool {
        access(root + path, F_OK) == 0
    }
}
