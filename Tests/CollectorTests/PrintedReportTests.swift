// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Foundation
import Testing

@testable import FaultlineCollector
@testable import FaultlineReports

/// `Expected/NAME.txt` is how the event in `Expected/NAME.json` is to be printed.
@Suite struct PrintedReportTests {
    let directory = TemporaryDirectory()

    @Test(arguments: ["crash", "overflow", "message"])
    func `a report is printed as a person reads it`(name: String) async throws {
        let expected = try String(contentsOfFile: Self.path(name + ".txt"), encoding: .utf8)
        let printed = try await print(Self.payload(name))
        #expect(printed == expected, "\(printed)")
    }

    @Test func `an event without anything is a report`() async throws {
        #expect(try await print(Array("{}".utf8)).hasPrefix("An event without exception and message\n"))
    }

    @Test func `what was left out, and where the whole of it is, is said`() async throws {
        let event: JSONValue = [
            "contexts": [
                "faultline": [
                    "left_out": ["extra", "breadcrumbs"], "whole_report": ["bytes": 3, "attachment": "report.json.gz"],
                ]
            ]
        ]
        let printed = try await print(event.serialized())
        let line = printed.split(separator: "\n").first { $0.contains("left out") }
        #expect(
            line?.hasSuffix("extra, breadcrumbs; the whole report is attached (report.json.gz)") == true, "\(printed)")
    }

    @Test func `members of unexpected types do no harm`() async throws {
        let keys = [
            "exception", "threads", "breadcrumbs", "tags", "user", "contexts", "request", "extra", "timestamp", "level",
            "fingerprint", "logentry", "release", "debug_meta", "transaction",
        ]
        let values: [JSONValue] = [
            nil, true, -1, 1e300, "text", [], [nil, 1, "a", [:]],
            ["values": [[:], nil, ["stacktrace": ["frames": [[:], 1]]]]],
            ["values": ["type": 1]],
            ["values": [["stacktrace": ["frames": [["function": "… 9223372036854775807 frames left out …"], [:]]]]]],
        ]
        for value in values {
            let event = Fields(Dictionary(uniqueKeysWithValues: keys.map { ($0, value) }))
            #expect(try await !print(JSONValue.object(event).serialized()).isEmpty)
        }
    }

    private func print(_ payload: [UInt8]) async throws -> String {
        let store = try Store(directory: directory.data)
        var event = Event(fields: try JSONValue(parsing: payload).objectValue ?? [:])
        event.eventID = event.eventID ?? EventID()
        let item = EnvelopeItem(type: "event", payload: event.serialized())
        try await store.receive(Envelope(items: [item]).received())
        return try await StoredReports(store).newest().printed.description
    }

    private static func payload(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path(name + ".json"))))
    }

    private static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().path + "/Expected/" + name
    }
}
#endif
