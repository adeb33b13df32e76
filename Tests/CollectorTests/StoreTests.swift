// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import GRDB
import Testing

@testable import FaultlineCollector

@Suite struct StoreTests {
    let directory = TemporaryDirectory()

    @Test func `an event that is sent again is stored once`() async throws {
        let store = try Store(directory: directory.data)
        let id = EventID()
        #expect(try await store.receive(Envelope.test(id: id).received()))
        var again = Envelope.test(id: id)
        again.setSentAt(.now())
        #expect(try await !store.receive(again.received()))
        #expect(try await StoredReports(store).issues().map(\.events) == [1])
        #expect(try await store.envelopes().count == 1)
    }

    @Test func `an envelope is kept as it came, with the items that nothing here knows`() async throws {
        let store = try Store(directory: directory.data)
        var envelope = Envelope.test()
        envelope.items.append(EnvelopeItem(type: "from_the_future", payload: [0, 255, 10, 1]))
        try await store.receive(envelope.received())
        try await store.receive(Envelope(items: [EnvelopeItem(type: "session", payload: [1])]).received())
        let kept = try await store.envelopes().map { try Envelope(parsing: $0) }
        #expect(kept.map { $0.items.map(\.type) } == [["event", "from_the_future"], ["session"]])
        #expect(kept.first?.items.last?.payload == [0, 255, 10, 1])
    }

    @Test func `events of one place and reason are one issue, whatever their numbers`() async throws {
        let store = try Store(directory: directory.data)
        for order in 1...3 { try await store.receive(Envelope.test("no order \(order)").received()) }
        try await store.receive(Envelope.test(function: "Checkout.total(of:)").received())
        let issues = try await StoredReports(store).issues()
        #expect(Set(issues.map(\.events)) == [3, 1])
        #expect(issues.first { $0.events == 3 }?.title == "OrderError: no order 3")
        #expect(issues.first { $0.events == 3 }?.culprit == "Shop.take(_:)")
    }

    @Test func `an issue is seen first and last when its events happened, but not in the future`() async throws {
        let store = try Store(directory: directory.data)
        let now = try #require(Timestamp("2026-08-21T09:30:00Z"))
        for time in ["2026-08-20T09:30:00Z", "2026-08-19T09:30:00Z", "2036-01-01T00:00:00Z"] {
            try await store.receive(Envelope.test(timestamp: Timestamp(time)).received(), at: now)
        }
        let issue = try #require(await StoredReports(store).issues().first)
        #expect(issue.firstSeen == "2026-08-19T09:30:00.000000Z")
        #expect(issue.lastSeen == "2026-08-21T09:30:00.000000Z")
    }

    @Test func `a restart keeps the key and the events`() async throws {
        let key = try await {
            let store = try Store(directory: directory.data)
            try await store.receive(Envelope.test().received())
            return store.publicKey
        }()
        let store = try Store(directory: directory.data)
        #expect(store.publicKey == key)
        #expect(key.count == 32 && key.allSatisfy { $0.isHexDigit })
        #expect(try await StoredReports(store).issues().count == 1)
    }

    @Test func `only the owner may read what is stored`() throws {
        let store = try Store(directory: directory.data)
        #expect(try TemporaryDirectory.mode(of: directory.data) == 0o700)
        for suffix in ["", "-wal", "-shm"] {
            #expect(try TemporaryDirectory.mode(of: store.database.path + suffix) == 0o600)
        }
    }

    @Test func `a directory that cannot be made is said with its name`() {
        #expect {
            _ = try Store(directory: "/proc/nowhere")
        } throws: { "\($0)".contains("`/proc/nowhere`") && "\($0)".contains("--data") }
    }
}

extension Store {
    /// What was received, in order.
    func envelopes() async throws -> [[UInt8]] {
        try await database.read { db in
            try Row.fetchAll(db, sql: "select body from envelope order by id").map { try Self.bytes($0) }
        }
    }

    private static func bytes(_ row: Row) throws -> [UInt8] {
        try row.withUnsafeData(named: "body") { $0.map { Array($0) } ?? [] }
    }
}
#endif
