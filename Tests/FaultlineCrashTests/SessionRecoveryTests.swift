// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCrash

@Suite struct SessionRecoveryTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func session(age: Int64 = 60) -> Session {
        Session(attributes: ["release": "shop@1"], started: now.advanced(by: .seconds(-age)))
    }

    @Test func `a crash is an error, at its own time`() throws {
        var running = session()
        running.errors = 2
        running.isInitial = false
        let end = try #require(running.crashed(at: now.advanced(by: .seconds(-5)), now: now))
        #expect(end.status == .crashed && end.errors == 3 && !end.isInitial && end.id == running.id)
        #expect(end.json.objectValue?["duration"] == .number(55))
        // A clock that was set back.
        #expect(running.crashed(at: Timestamp(seconds: 0), now: now)?.timestamp == running.started)
    }

    @Test func `a session that was over and not told stays as it was`() {
        var over = session()
        over.status = .crashed
        over.errors = 1
        #expect(over.crashed(at: now, now: now) == over)
        #expect(over.abnormal(now: now) == over)
    }

    @Test func `what a server would not take any more is not told`() {
        let fiveDays: Int64 = 5 * 24 * 3600
        #expect(session(age: fiveDays - 1).abnormal(now: now)?.status == .abnormal)
        #expect(session(age: fiveDays + 1).abnormal(now: now) == nil)
        #expect(session(age: fiveDays + 1).crashed(at: now, now: now) == nil)
    }

    @Test func `what is read is what was written, and needs a release`() throws {
        var written = session()
        written.errors = 4
        written.distinctID = "u"
        let read = try #require(written.json.objectValue.flatMap { Session(fields: $0) })
        #expect(read == written)
        var nameless = try #require(written.json.objectValue)
        nameless["attrs"] = [:]
        #expect(Session(fields: nameless) == nil)
        #expect(Session(fields: ["sid": "x"]) == nil)
    }

    @Test func `the report carries the session, and none of the handler's marks`() throws {
        let event = Event(fields: ["event_id": "fc6d8c0c43fc4630ad850ee518f1b9d0", "timestamp": 1_800_000_000])
        let crash = RecoveredCrash(
            event: event, header: [RecoveredCrash.callbacksKey: true],
            session: Session(attributes: ["release": "shop@1"], started: .now()))
        #expect(crash.hasCallbacks)
        let envelope = crash.envelope { _ in nil }
        #expect(envelope.items.map(\.type) == ["event", "session"])
        #expect(envelope.header[RecoveredCrash.callbacksKey] == nil)
    }
}
