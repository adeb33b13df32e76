// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@Suite struct DebugIDTests {
    @Test(arguments: VectorFile.cases("debug_id") { $0.input("build_id_hex")?.stringValue != nil })
    func `a build id gives the vector's debug id`(_ vector: Vector) throws {
        let hex = Array(try #require(vector.input("build_id_hex")?.stringValue).utf8)
        let bytes = try stride(from: 0, to: hex.count, by: 2).map {
            try #require(UInt8(String(decoding: hex[$0..<$0 + 2], as: UTF8.self), radix: 16))
        }
        #expect(DebugID.from(codeID: bytes) == vector.expected["debug_id"]?.stringValue)
    }

    @Test func `without a build id the text section is folded`() throws {
        let vector = try #require(VectorFile.cases("debug_id") { $0.input("build_id_hex") == .null }.first)
        let text = (0..<100).map { UInt8(($0 * $0 + 7) & 0xff) }
        #expect(DebugID.from(textSection: text) == vector.expected["debug_id"]?.stringValue)
    }

    @Test func `of a text section only the first 4096 bytes count`() {
        let text = [UInt8](repeating: 1, count: 4095)
        #expect(DebugID.from(textSection: text + [2]) != DebugID.from(textSection: text + [3]))
        #expect(DebugID.from(textSection: text + [2, 4]) == DebugID.from(textSection: text + [2, 5]))
    }

    @Test func `no bytes give no id`() {
        #expect(DebugID.from(codeID: []) == nil)
        #expect(DebugID.from(textSection: []) == nil)
    }
}
