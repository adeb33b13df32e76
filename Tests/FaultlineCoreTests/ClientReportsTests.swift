// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCore

@Suite struct ClientReportsTests {
    @Test func `losses are counted by reason and category, and read once`() {
        let reports = ClientReports()
        reports.record(.sampleRate, .error)
        reports.record(.sampleRate, .error, quantity: 2)
        reports.record(.beforeSend, .transaction)
        reports.record(.beforeSend, .span, quantity: 0)
        #expect(reports.rows == ["before_send transaction 1", "sample_rate error 3"])
        #expect(reports.isEmpty)
    }

    @Test func `what is given back is counted again`() {
        let reports = ClientReports()
        reports.record(.sampleRate, .error)
        let taken = reports.take()
        reports.record(.sampleRate, .error)
        reports.giveBack(taken)
        #expect(reports.rows == ["sample_rate error 2"])
    }

    @Test func `counts end at the largest number`() {
        let reports = ClientReports()
        for _ in 0..<2 { reports.record(.sampleRate, .error, quantity: .max) }
        #expect(reports.take().values.first == .max)
    }

    @Test func `counted for nobody, nothing is kept`() {
        let reports = ClientReports(isEnabled: false)
        reports.record(.sampleRate, .error)
        reports.record(.sampleRate, lossOf: .test())
        #expect(reports.isEmpty)
    }

    @Test(
        arguments: [
            ("event", nil, "{}", ["error 1"]), ("attachment", nil, "12345", ["attachment 5"]),
            ("attachment", nil, "", ["attachment 1"]),
            ("transaction", nil, #"{"spans":[{},{}]}"#, ["span 3", "transaction 1"]),
            ("transaction", nil, "torn", ["span 1", "transaction 1"]),
            ("log", 3, "0123456789", ["log_byte 10", "log_item 3"]),
            ("trace_metric", 4, "{}", ["trace_metric 4"]), ("sessions", nil, "{}", ["session 1"]),
            ("check_in", nil, "{}", ["monitor 1"]), ("feedback", nil, "{}", ["feedback 1"]),
            ("replay_event", nil, "{}", ["replay 1"]), ("user_report", nil, "{}", ["default 1"]),
            ("client_report", nil, "{}", ["internal 1"]),
        ] as [(String, Int64?, String, [String])])
    func `an item is lost in the units of its category`(
        type: String, count: Int64?, payload: String, expected: [String]
    ) {
        var item = EnvelopeItem(type: type, payload: Array(payload.utf8))
        item.header["item_count"] = count.map { .integer($0) }
        let reports = ClientReports()
        reports.record(.queueOverflow, lossOf: item)
        #expect(reports.rows == expected.map { "queue_overflow \($0)" })
    }

    @Test func `the item is what the protocol says, and at most 4 KiB; the rest comes later`() throws {
        let reports = ClientReports()
        reports.record(.queueOverflow, .error, quantity: 3)
        let time = Timestamp(seconds: 1_787_304_660, nanoseconds: 500_000_000)
        let (item, left) = try #require(ClientReports.item(reports.take(), at: time))
        #expect(left.isEmpty)
        #expect(item.type == "client_report")
        #expect(
            String(decoding: item.payload, as: UTF8.self)
                == #"{"timestamp":1787304660.5,"discarded_events":[{"reason":"queue_overflow","category":"error","quantity":3}]}"#
        )

        for reason in DiscardReason.allCases {
            for category in DataCategory.allCases { reports.record(reason, category, quantity: .max) }
        }
        var rows = 0
        for _ in 0..<20 {
            guard let (item, left) = ClientReports.item(reports.take()) else { break }
            #expect(item.payload.count <= 4096)
            let members = try JSONValue(parsing: item.payload).objectValue
            rows += try #require(members?["discarded_events"]?.arrayValue).count
            reports.giveBack(left)
        }
        #expect(rows == DiscardReason.allCases.count * DataCategory.allCases.count)
        #expect(ClientReports.item(reports.take()) == nil)
    }
}
