// SPDX-License-Identifier: Apache-2.0

internal import CZlib
internal import FaultlineFiles

/// One gzip member (RFC 1952) of the bytes; nil when zlib has no memory, or when it would not be smaller.
package func gzipped(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count < Int32.max else { return nil }
    // Making a stream takes three times as long as compressing an event with it: those for events are used again.
    guard bytes.count <= Deflater.smallLimit else {
        return Deflater(level: Z_DEFAULT_COMPRESSION, window: 15, memory: 8)?.gzipped(bytes)
    }
    // Of an event the fastest level leaves a thirtieth more, at a third of the cost.
    guard
        let deflater = Deflater.idle.withLock({ $0.popLast() }) ?? Deflater(level: Z_BEST_SPEED, window: 14, memory: 7)
    else { return nil }
    let compressed = deflater.gzipped(bytes)
    Deflater.idle.withLock { if $0.count < Deflater.idleLimit { $0.append(deflater) } }
    return compressed
}

/// A stream of zlib.
// @unchecked: whoever has taken it out of `idle` uses it alone.
private final class Deflater: @unchecked Sendable {
    /// Bytes that are compressed by a stream of 128 KiB, as well as by a larger one.
    static let smallLimit = 64 << 10
    static let idle = Lock<[Deflater]>([])
    static let idleLimit = 2

    /// At one address for as long as it lives: zlib refuses a stream that was moved.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameters:
    ///   - level: zlib's.
    ///   - window: its logarithm.
    ///   - memory: zlib's `memLevel`, 1 … 9.
    init?(level: Int32, window: Int32, memory: Int32) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16 more bits: a gzip header instead of zlib's (zlib.h, deflateInit2).
        let result = deflateInit2_(
            stream, level, Z_DEFLATED, window + 16, memory, Z_DEFAULT_STRATEGY, zlibVersion(),
            Int32(MemoryLayout<z_stream>.size))
        if result != Z_OK { return nil }
    }

    deinit {
        // Of a stream that was never made, Z_STREAM_ERROR.
        deflateEnd(stream)
        stream.deallocate()
    }

    func gzipped(_ bytes: [UInt8]) -> [UInt8]? {
        guard deflateReset(stream) == Z_OK else { return nil }
        var result = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: bytes.count) { memory, count in
            bytes.withUnsafeBufferPointer { input in
                // zlib reads only, though its type does not say so without ZLIB_CONST.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = uInt(input.count)
                stream.pointee.next_out = memory.baseAddress
                stream.pointee.avail_out = uInt(memory.count)
                result = deflate(stream, Z_FINISH)
            }
            count = result == Z_STREAM_END ? Int(stream.pointee.total_out) : 0
        }
        return result == Z_STREAM_END ? output : nil
    }
}
