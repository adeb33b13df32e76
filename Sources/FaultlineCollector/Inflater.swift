// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import CZlib

/// Undoes `Content-Encoding`, with a limit: a few kilobytes can stand for gigabytes.
enum Inflater {
    /// - Parameters:
    ///   - encoding: the header's value; nil, empty or `identity` for bytes as they are.
    ///   - limit: how many bytes there may be in the end.
    static func decode(_ bytes: [UInt8], encoding: String?, limit: Int) throws(IngestError) -> [UInt8] {
        switch encoding?.lowercased() {
        case nil, "", "identity": return bytes
        case "gzip", "x-gzip": return try inflated(bytes, windowBits: 15 + 16, limit)
        // Meant is zlib's format (RFC 9110, 8.4.1.2), but some send deflate's alone.
        case "deflate": return try inflated(bytes, windowBits: hasZlibHeader(bytes) ? 15 : -15, limit)
        case .some(let other):
            throw .unknownEncoding(other)
        }
    }

    /// RFC 1950, 2.2: method 8, and both bytes together a multiple of 31.
    private static func hasZlibHeader(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 2 && bytes[0] & 15 == 8 && (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0
    }

    /// - Parameter windowBits: 15 and how the data is framed: + 16 for gzip, negated for no frame (zlib.h, inflateInit2).
    private static func inflated(_ bytes: [UInt8], windowBits: Int32, _ limit: Int) throws(IngestError) -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, windowBits, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .noMemory
        }
        defer { inflateEnd(&stream) }
        guard bytes.count <= Int32.max else { throw .tooLarge("the body", limit: Int(Int32.max)) }
        var input = bytes
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        var consumed = 0
        while true {
            let (result, read, written) = step(&stream, &input, from: consumed, into: &chunk)
            consumed += read
            output.append(contentsOf: chunk[..<written])
            guard output.count <= limit else { throw .tooLarge("the decompressed body", limit: limit) }
            switch result {
            case Z_STREAM_END where consumed == input.count: return output
            // A gzip file may have several members (RFC 1952, 2.2).
            case Z_STREAM_END where windowBits > 15: inflateReset(&stream)
            case Z_OK where read > 0 || written > 0: continue
            default:
                throw .malformed(
                    "the body cannot be decompressed",
                    causes: [consumed == input.count ? "it ends too early" : "bad data near byte \(consumed)"])
            }
        }
    }

    /// One call of `inflate`, with pointers that live no longer than it.
    private static func step(
        _ stream: inout z_stream, _ input: inout [UInt8], from start: Int, into chunk: inout [UInt8]
    ) -> (result: Int32, read: Int, written: Int) {
        let left = input.count - start, room = chunk.count
        var result = Z_OK
        input.withUnsafeMutableBufferPointer { input in
            chunk.withUnsafeMutableBufferPointer { chunk in
                stream.next_in = input.baseAddress.map { $0 + start }
                stream.avail_in = uInt(left)
                stream.next_out = chunk.baseAddress
                stream.avail_out = uInt(room)
                result = inflate(&stream, Z_NO_FLUSH)
            }
        }
        return (result, left - Int(stream.avail_in), room - Int(stream.avail_out))
    }
}
#endif
