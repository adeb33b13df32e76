// SPDX-License-Identifier: Apache-2.0
#if Tools
import Testing

@testable import FaultlineCollector

@Suite struct InflaterTests {
    private static let text = Array(String(repeating: "a crash, ", count: 20_000).utf8)

    @Test(arguments: [("gzip", 31), ("X-GZIP", 31), ("deflate", 15), ("deflate", -15)])
    func `what was compressed comes back`(encoding: String, windowBits: Int) throws {
        let body = deflated(Self.text, windowBits: Int32(windowBits))
        #expect(try Inflater.decode(body, encoding: encoding, limit: Self.text.count) == Self.text)
    }

    @Test(arguments: ["", "identity", "Identity"])
    func `identity is as it is`(encoding: String) throws {
        #expect(try Inflater.decode([1, 2], encoding: encoding, limit: 10) == [1, 2])
    }

    @Test func `several gzip members are one text`() throws {
        let body = deflated([1, 2], windowBits: 31) + deflated([3], windowBits: 31)
        #expect(try Inflater.decode(body, encoding: "gzip", limit: 10) == [1, 2, 3])
    }

    @Test func `one byte over the limit is too large`() throws {
        let body = deflated(Self.text, windowBits: 31)
        #expect(throws: IngestError.self) {
            try Inflater.decode(body, encoding: "gzip", limit: Self.text.count - 1)
        }
    }

    @Test func `a body that is cut, empty or has something behind it is refused at any length`() throws {
        let body = deflated(Array(Self.text.prefix(300)), windowBits: 31)
        for length in 0..<body.count {
            #expect(throws: IngestError.self) {
                try Inflater.decode(Array(body.prefix(length)), encoding: "gzip", limit: 1 << 20)
            }
        }
        #expect(throws: IngestError.self) { try Inflater.decode(body + [7], encoding: "gzip", limit: 1 << 20) }
    }

    @Test func `an unknown encoding is refused`() {
        #expect(throws: IngestError.self) { try Inflater.decode([1], encoding: "br", limit: 10) }
    }
}
#endif
