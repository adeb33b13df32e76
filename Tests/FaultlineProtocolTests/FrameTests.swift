// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@Suite struct FrameTests {
    @Test func `an address is a hexadecimal text on the wire`() {
        var frame = Frame()
        frame.instructionAddress = .max
        #expect(frame.fields["instruction_addr"] == "0xffffffffffffffff")
        #expect(frame.instructionAddress == .max)
        frame.instructionAddress = nil
        #expect(frame.fields.isEmpty)
    }

    @Test(arguments: [
        (JSONValue.string("0x1F"), UInt64(0x1f)), ("0X1f", 0x1f), ("31", 31), (31, 31), ("0x0", 0),
        ("0x000055d0c1a21b3c", 0x55d0_c1a2_1b3c),
    ])
    func `other forms of an address are read`(_ value: JSONValue, _ address: UInt64) {
        #expect(Frame(fields: ["image_addr": value]).imageAddress == address)
    }

    @Test(arguments: [JSONValue.string("0x"), "", "x", "0x10000000000000000", -1, 1.5, "0xg", nil, []])
    func `what is no address is nil`(_ value: JSONValue) {
        #expect(Frame(fields: ["image_addr": value]).imageAddress == nil)
    }

    @Test func `the accessors write the protocol's names`() {
        var frame = Frame()
        frame.function = "f"
        frame.rawFunction = "$sf"
        frame.module = "M"
        frame.package = "/p"
        frame.filename = "F.swift"
        frame.absPath = "/F.swift"
        frame.lineno = 1
        frame.colno = 2
        frame.inApp = true
        frame.platform = "other"
        frame.addrMode = "rel:0"
        frame.preContext = ["a"]
        frame.contextLine = "b"
        frame.postContext = ["c"]
        #expect(
            frame.fields == [
                "function": "f", "raw_function": "$sf", "module": "M", "package": "/p", "filename": "F.swift",
                "abs_path": "/F.swift", "lineno": 1, "colno": 2, "in_app": true, "platform": "other",
                "addr_mode": "rel:0", "pre_context": ["a"], "context_line": "b", "post_context": ["c"],
            ])
    }
}
