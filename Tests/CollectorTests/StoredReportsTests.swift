// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Testing

@testable import FaultlineCollector
@testable import FaultlineReports

@Suite struct StoredReportsTests {
    let directory = TemporaryDirectory()

    @Test func `another connection reads while the store writes`() async throws {
        let store = try Store(directory: directory.data)
        let reports = try StoredReports(directory: directory.data)
        #expect(try await reports.issues().isEmpty)
        try await store.receive(Envelope.test("first").received())
        try await store.receive(Envelope.test("second").received())
        #expect(try await reports.newest().json.contains(#""value":"second""#))
    }

    @Test func `a report is found by the first digits of its id`() async throws {
        let store = try Store(directory: directory.data)
        let reports = StoredReports(store)
        let ids = ["ab12", "ab34"].compactMap { EventID($0 + String(repeating: "0", count: 28)) }
        for id in ids { try await store.receive(Envelope.test("\(id)", id: id).received()) }
        #expect(try await reports.newest(idPrefix: "AB1").event.eventID == ids[0])
        #expect(try await reports.newest(idPrefix: "ab34-").event.eventID == ids[1])
        await #expect(throws: CollectorError.severalReports(id: "ab", matches: ids.reversed().map(\.description))) {
            try await reports.newest(idPrefix: "ab")
        }
        for unknown in ["ff", "%", "'"] {
            await #expect(throws: CollectorError.noReport(id: unknown, directory: "")) {
                try await reports.newest(idPrefix: unknown)
            }
        }
    }

    @Test func `waiting ends with the first report, also when the store is made only then`() async throws {
        async let waited = StoredReports.waited(for: nil, in: directory.data, upTo: .seconds(20))
        let store = try Store(directory: directory.data)
        try await store.receive(Envelope.test("late").received())
        #expect(try await waited.json.contains(#""value":"late""#))
    }

    @Test func `waiting for nothing says what is missing`() async throws {
        await #expect(throws: CollectorError.noData(directory: directory.data)) {
            try await StoredReports.waited(for: nil, in: directory.data, upTo: .zero)
        }
        _ = try Store(directory: directory.data)
        await #expect(throws: CollectorError.noReports(directory: directory.data)) {
            try await StoredReports.waited(for: nil, in: directory.data, upTo: .milliseconds(1))
        }
    }

    @Test func `issues are the newest first`() async throws {
        let store = try Store(directory: directory.data)
        for (text, time) in [
            ("b", "2026-02-02T00:00:00Z"), ("c", "2026-03-03T00:00:00Z"), ("a", "2026-01-01T00:00:00Z"),
        ] {
            try await store.receive(Envelope.test(text, timestamp: Timestamp(time)).received())
        }
        #expect(try await StoredReports(store).issues().map(\.title) == ["c", "b", "a"].map { "OrderError: " + $0 })
        let printed = IssueTable(try await StoredReports(store).issues()).description
        #expect(printed.split(separator: "\n").allSatisfy { $0.count <= TextPage.width })
        #expect(IssueTable([]).description == "No issues yet.\n")
    }
}
#endif
