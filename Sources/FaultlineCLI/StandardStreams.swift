// SPDX-License-Identifier: Apache-2.0
#if Tools
#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Standard input, output and error, by system calls: what Foundation does before the first byte takes longer than a
/// stack's look-up.
enum StandardStreams {
    /// - Parameter path: - is standard input.
    /// - Throws: the system's reason.
    static func contents(of path: String) throws(SystemReason) -> [UInt8] {
        let file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemReason() }
        defer { if file != STDIN_FILENO { close(file) } }
        var contents: [UInt8] = []
        let chunk = 1 << 16
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            let count = retried { read(file, buffer.baseAddress, chunk) }
            if count < 0 { throw SystemReason() }
            if count == 0 { return contents }
            contents.append(contentsOf: buffer[..<count])
        }
    }

    static func error(_ line: String) {
        put(Array((line + "\n").utf8), to: STDERR_FILENO)
    }

    /// What cannot be written is lost: a reader that has gone does not want it.
    static func put(_ bytes: [UInt8], to file: Int32 = STDOUT_FILENO) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = retried { write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count) }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    private static func retried(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result < 0 && errno == EINTR { continue }
            return result
        }
    }

    struct SystemReason: Error, CustomStringConvertible {
        let code = errno
        var description: String { String(cString: strerror(code)) }
    }
}

/// Standard output, in few and large writes.
struct BufferedOutput {
    private var bytes: [UInt8] = []

    mutating func append(_ text: [UInt8]) {
        bytes.append(contentsOf: text)
        if bytes.count >= 1 << 16 { flush() }
    }

    mutating func flush() {
        StandardStreams.put(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
#endif
