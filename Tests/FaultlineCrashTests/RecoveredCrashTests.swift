// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCrash

@Suite struct RecoveredCrashTests {
    /// A hook may make anything of the event; the run keeps its id.
    private func crash(extra: Int) -> RecoveredCrash {
        let event = Event(fields: [
            "event_id": "fc6d8c0c43fc4630ad850ee518f1b9d0", "level": "fatal",
            "extra": ["big": .string(String(repeating: "e", count: extra))],
        ])
        return RecoveredCrash(event: event, header: ["dsn": "https://key@errors.example.com/7"])
    }

    @Test func `what fits is one item`() {
        let envelope = crash(extra: 1000).envelope { _ in [1] }
        #expect(envelope.items.map(\.type) == ["event"])
        #expect(envelope.header["dsn"] == "https://key@errors.example.com/7")
        #expect(envelope.eventID?.description == "fc6d8c0c43fc4630ad850ee518f1b9d0")
    }

    @Test func `the whole of what does not fit is attached, compressed`() throws {
        let crash = crash(extra: 2_000_000)
        var compressed: [UInt8] = []
        let envelope = crash.envelope { bytes in
            compressed = bytes
            return [31, 139]
        }
        #expect(compressed == crash.event.serialized())
        #expect(envelope.items.map(\.type) == ["event", "attachment"])
        let attachment = try #require(envelope.items.last)
        #expect(attachment.payload == [31, 139])
        #expect(attachment.header["filename"] == "report.json.gz")
        #expect(attachment.header["content_type"] == "application/gzip")
        #expect(attachment.header["attachment_type"] == "event.attachment")
        let item = try #require(envelope.items.first)
        #expect(item.payload.count <= EventFitting.limit)
        let event = Event(fields: try #require(JSONValue(parsing: item.payload).objectValue))
        let told = event.contexts["faultline"]?.objectValue?["whole_report"]
        #expect(told == ["bytes": .integer(Int64(compressed.count)), "attachment": "report.json.gz"])
    }

    @Test func `what cannot be compressed, or not enough, is not attached, and the report says so`() throws {
        let packed: [[UInt8]?] = [nil, [UInt8](repeating: 0, count: RecoveredCrash.attachmentLimit + 1)]
        for packed in packed {
            let envelope = crash(extra: 2_000_000).envelope { _ in packed }
            #expect(envelope.items.map(\.type) == ["event"])
            let payload = try #require(envelope.items.first?.payload)
            let event = Event(fields: try #require(JSONValue(parsing: payload).objectValue))
            let told = event.contexts["faultline"]?.objectValue?["whole_report"]?.objectValue
            #expect(told?["bytes"] != nil)
            #expect(told?["attachment"] == nil)
        }
    }

    @Test func `a hook changes what is sent and what is attached, but not the id`() throws {
        var crash = crash(extra: 2_000_000)
        crash.event.fields["event_id"] = nil
        crash.event.extra = ["secret": "gone", "big": .string(String(repeating: "f", count: 2_000_000))]
        var whole: [UInt8] = []
        let envelope = crash.envelope { bytes in
            whole = bytes
            return [1]
        }
        let seen = Event(fields: try #require(JSONValue(parsing: whole).objectValue))
        #expect(seen.extra == crash.event.extra)
        #expect(envelope.eventID?.description == "fc6d8c0c43fc4630ad850ee518f1b9d0")
    }
}
