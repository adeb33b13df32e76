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
        text(path)?.split(whereSeparator: \.isWhitespace).first
    }

    func exists(_ path: String) -> Bool {
        access(root + path, F_OK) == 0
    }
}
