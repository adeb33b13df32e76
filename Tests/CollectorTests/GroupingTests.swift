// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Testing

@testable import FaultlineCollector

@Suite struct GroupingTests {
    @Test(arguments: [
        ("no order 1001", "no order #"),
        ("MAPERR at 0x7f5f0ef6df7f", "MAPERR at #"),
        ("node-3.eu: 12.5 s", "node-#.eu: #.# s"),
        ("id 55c28e2e4db8306cde967807f2520fbe", "id #"),
        ("facade, decade", "facade, decade"),
        ("utf8 2x", "utf# #x"),
        ("0x", "#x"),
        ("", ""),
    ])
    func `what differs between occurrences is left out`(text: String, expected: String) {
        #expect(Grouping.withoutNumbers(text) == expected)
    }

    @Test func `a fingerprint of the service's own overrides the rest`() {
        let one = Grouping(Event(fields: ["fingerprint": ["database"], "message": "a"]))
        let other = Grouping(Event(fields: ["fingerprint": ["database"], "message": "b"]))
        #expect(one.fingerprint == other.fingerprint)
        #expect(one.title == "a")
    }

    @Test func `the default in a fingerprint stands for the grouping of its own`() {
        func fingerprint(_ message: String) -> String {
            Grouping(Event(fields: ["fingerprint": ["{{ default }}", "eu"], "message": .string(message)])).fingerprint
        }
        #expect(fingerprint("order 1 is lost") == fingerprint("order 2 is lost"))
        #expect(fingerprint("order 1 is lost") != fingerprint("order 1 is late"))
    }

    @Test func `thunks and the gap of a deep stack are no place`() {
        let grouping = Grouping(
            Event(fields: [
                "exception": [
                    "values": [
                        [
                            "type": "Stack overflow",
                            "stacktrace": [
                                "frames": [
                                    ["function": "descend(_:)"], ["function": "… 12 frames left out …"],
                                    ["function": "thunk", "vars": ["hidden": true]], [:],
                                ]
                            ],
                        ]
                    ]
                ]
            ]))
        #expect(grouping.culprit == "descend(_:)")
        #expect(grouping.title == "Stack overflow")
    }

    @Test func `an event without anything has a title`() {
        #expect(Grouping(Event()).title == "An event without exception and message")
    }
}
#endif
