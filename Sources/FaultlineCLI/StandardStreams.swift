// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineFiles
internal import FaultlineReports

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
    /// Bytes of an input: a log of a service that died often, and addresses of many dumps, are far below.
    private static let limit = 1 << 30

    /// - Parameter path: - is standard input.
    /// - Throws: the system's reason, or that there is no end.
    static func contents(of path: String) throws(Failure) -> [UInt8] {
        let file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system(errno) }
        defer { if file != STDIN_FILENO { close(file) } }
        var contents: [UInt8] = []
        let chunk = 1 << 16
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            let count = WholeFile.retried { read(file, buffer.baseAddress, chunk) }
            if count < 0 { throw .system(errno) }
            if count == 0 { return contents }
            if contents.count + count > limit { throw .tooLong }
            contents.append(contentsOf: buffer[..<count])
        }
    }

    /// A line may name what somebody else chose. What cannot be written is lost.
    static func error(_ line: String) {
        try? put(Array((TextPage.safe(line) + "\n").utf8), to: STDERR_FILENO)
    }

    fileprivate static func put(_ bytes: [UInt8], to file: Int32 = STDOUT_FILENO) throws(Failure) {
        let code = WholeFile.writeAll(bytes, to: file)
        if code != 0 { throw .system(code) }
    }

    enum Failure: Error, CustomStringConvertible {
        case system(Int32)
        case tooLong

        var description: String {
            switch self {
            case .system(let code): String(cString: strerror(code))
            case .tooLong: "it is longer than 1 GiB; give a part of it"
            }
        }
    }
}

/// Standard output, in few and large writes.
struct BufferedOutput {
    private var bytes: [UInt8] = []
    private var failure: StandardStreams.Failure?

    /// Nothing more is written.
    var isBroken: Bool { failure != nil }

    mutating func append(_ text: [UInt8]) {
        if isBroken { return }
        bytes.append(contentsOf: text)
        if bytes.count >= 1 << 16 { flush() }
    }

    mutating func flush() {
        do throws(StandardStreams.Failure) {
            if !isBroken { try StandardStreams.put(bytes) }
        } catch {
            failure = error
        }
        bytes.removeAll(keepingCapacity: true)
    }

    /// - Returns: whether all was written. If not, it says so, but for a reader that has gone: that does not want it.
    mutating func finish() -> Bool {
        flush()
        switch failure {
        case nil: return true
        case .system(EPIPE): return false
        case let failure?:
            StandardStreams.error("standard output cannot be written: \(failure)")
            return false
        }
    }
}
#endif
