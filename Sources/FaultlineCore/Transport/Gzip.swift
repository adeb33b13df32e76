// SPDX-License-Identifier: Apache-2.0

internal import CZlib

/// One gzip member (RFC 1952) of the bytes; nil when zlib has no memory, or when it would not be smaller.
package func gzipped(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    // 15 bits of window + 16: a gzip header instead of zlib's (zlib.h, deflateInit2). Level 6 is its own default.
    let version = zlibVersion()
    guard
        deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, version,
            Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    guard bytes.count < Int32.max else { return nil }
    var input = bytes
    var result = Z_OK
    let output = [UInt8](unsafeUninitializedCapacity: bytes.count) { memory, count in
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = uInt(input.count)
            stream.next_out = memory.baseAddress
            stream.avail_out = uInt(memory.count)
            result = deflate(&stream, Z_FINISH)
        }
        count = result == Z_STREAM_END ? Int(stream.total_out) : 0
    }
    return result == Z_STREAM_END ? output : nil
}
