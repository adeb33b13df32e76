// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@Suite struct IdentifierTests {
    @Test func `an event id is 32 lower-case digits and reads back`() {
        let id = EventID()
        #expect(id.description.count == 32)
        #expect(id.description.allSatisfy { "0123456789abcdef".contains($0) })
        #expect(EventID(id.description) == id)
    }

    @Test func `a thousand new ids differ`() {
        #expect(Set((0..<1000).map { _ in EventID() }).count == 1000)
        #expect(Set((0..<1000).map { _ in SpanID() }).count == 1000)
    }

    @Test func `dashes and capitals are accepted in an event id`() {
        #expect(
            EventID("FC6D8C0C-43FC-4630-AD85-0EE518F1B9D0")?.description == "fc6d8c0c43fc4630ad850ee518f1b9d0")
        #expect(EventID("00000000000000000000000000000001")?.description == "00000000000000000000000000000001")
    }

    @Test(arguments: [
        "", "fc6d8c0c43fc4630ad850ee518f1b9d", "fc6d8c0c43fc4630ad850ee518f1b9d00", "gc6d8c0c43fc4630ad850ee518f1b9d0",
        "+c6d8c0c43fc4630ad850ee518f1b9d0", "ｆc6d8c0c43fc4630ad850ee518f1b9d0",
    ])
    func `what is no id is nil`(_ text: String) {
        #expect(EventID(text) == nil)
        #expect(TraceID(text) == nil)
    }

    @Test func `a trace and a span id are never zero`() {
        #expect(TraceID(String(repeating: "0", count: 32)) == nil)
        #expect(SpanID(String(repeating: "0", count: 16)) == nil)
        #expect(TraceID("771A43A4192642F0B136D5159A501700")?.description == "771a43a4192642f0b136d5159a501700")
        #expect(SpanID("00000000000000ff")?.description == "00000000000000ff")
        #expect(SpanID("ff") == nil)
    }

    @Test func `new ids are all different, whichever threads ask for them`() async {
        let ids = await withTaskGroup(of: [EventID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5000).map { _ in EventID() } } }
            return await group.reduce(into: [], +=)
        }
        #expect(Set(ids).count == 40_000)
    }
}
