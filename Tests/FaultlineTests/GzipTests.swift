// SPDX-License-Identifier: Apache-2.0

import CZlib
import FaultlineCore
import Testing

/// ``gzipped(_:)`` of FaultlineCore, beside the reader that the transport's tests need too.
@Suite struct GzipTests {
    @Test(arguments: [64, 1024, 65_537, 3_000_000])
    func `what is compressed inflates to the same bytes`(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 31) }
        let compressed = try #require(gzipped(bytes))
        #expect(compressed.count < size)
        #expect(compressed.starts(with: [0x1f, 0x8b, 8]))
        #expect(gunzipped(compressed) == bytes)
    }

    @Test func `what would not be smaller is not compressed`() {
        var random = SystemRandomNumberGenerator()
        #expect(gzipped([]) == nil)
        #expect(gzipped([1]) == nil)
        #expect(gzipped((0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) }) == nil)
    }
}

/// One gzip member, whole and with the right checksum; nil: it is not.
func gunzipped(_ bytes: [UInt8], atMost limit: Int = 16 << 20) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = bytes
    var isWhole = false
    let output = [UInt8](unsafeUninitializedCapacity: limit) { memory, count in
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = uInt(input.count)
            stream.next_out = memory.baseAddress
            stream.avail_out = uInt(memory.count)
            isWhole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0
        }
        count = Int(stream.total_out)
    }
    return isWhole ? output : nil
}
