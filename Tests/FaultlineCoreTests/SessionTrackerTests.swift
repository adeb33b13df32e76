// SPDX-License-Identifier: Apache-2.0

import FaultlineCrash
import FaultlineProtocol
import Synchronization
import Testing

@testable import FaultlineCore

@Suite struct SessionTrackerTests {
    private final class Server: Sendable {
        let items = Mutex<[EnvelopeItem]>([])
        let isFull = Atomic(false)

        func tracker(release: String? = "shop@1", isProcessWide: Bool = false) -> SessionTracker {
            var options = Options()
            options.release = release
            options.environment = "test"
            return SessionTracker(options, header: [:], isProcessWide: isProcessWide) { envelope in
                if self.isFull.load(ordering: .relaxed) { return false }
                self.items.withLock { $0 += envelope.items }
                return true
            }
        }

        var payloads: [Fields] {
            items.withLock { $0 }.compactMap { (try? JSONValue(parsing: $0.payload))?.objectValue }
        }

        /// Of all aggregates together.
        func total(_ key: String) -> Int64 {
            payloads.flatMap { $0["aggregates"]?.arrayValue ?? [] }.reduce(0) {
                $0 + ($1.objectValue?[key]?.integerValue ?? 0)
            }
        }
    }

    private let server = Server()

    private func inScope(_ body: (Scope) -> Void) {
        FaultlineSDK.withIsolationScope(body)
    }

    @Test func `a session that lasts is told at first, once when it has errors, and at its end`() throws {
        let start = Timestamp(seconds: 1_800_000_000)
        let session = RunningSession(
            .application, attributes: ["release": "shop@1"], isProcess: false, keepsAddress: true, started: start)
        func update(after seconds: Int64) -> Session? {
            session.takeUpdate(now: start.advanced(by: .seconds(seconds)))
        }
        let first = try #require(update(after: 60))
        #expect(first.isInitial && first.status == .ok && first.errors == 0)
        #expect(update(after: 120) == nil)
        session.noteError(isUnhandled: false)
        session.noteUser(User(id: "too late"), ofProcess: true)
        let errored = try #require(update(after: 180))
        #expect(!errored.isInitial && errored.errors == 1 && errored.id == first.id && errored.distinctID == nil)
        session.noteError(isUnhandled: false)
        #expect(update(after: 240) == nil)
        let end = try #require(session.end(now: start.advanced(by: .seconds(300))))
        #expect(end.status == .exited && end.errors == 2 && !end.isInitial)
        #expect(end.json.objectValue?["duration"] == .number(300))
        #expect(session.end() == nil)
        #expect(update(after: 360) == nil)
    }

    @Test func `a crashed session is told once and frozen`() throws {
        let session = RunningSession(
            .application, attributes: ["release": "shop@1"], isProcess: false, keepsAddress: false)
        session.noteError(isUnhandled: true)
        session.noteError(isUnhandled: false)
        let update = try #require(session.takeUpdate())
        #expect(update.status == .crashed && update.errors == 1 && update.isInitial)
        #expect(session.end() == nil)
    }

    @Test func `an update that was not taken is offered again, still as the first`() throws {
        let session = RunningSession(
            .application, attributes: ["release": "shop@1"], isProcess: false, keepsAddress: false)
        let first = try #require(session.takeUpdate())
        #expect(first.isInitial)
        session.giveBack(first)
        #expect(session.takeUpdate()?.isInitial == true)
        #expect(session.end()?.isInitial == false)
    }

    @Test func `an end that comes while the first update is being told is no first one`() throws {
        let session = RunningSession(
            .application, attributes: ["release": "shop@1"], isProcess: false, keepsAddress: false)
        let first = try #require(session.takeUpdate())
        let end = try #require(session.end())
        #expect(first.isInitial && !end.isInitial)
        session.giveBack(first)
        #expect(session.end() == nil)
    }

    @Test func `a second start ends the first session`() {
        let tracker = server.tracker()
        inScope { scope in
            tracker.start(.application, in: scope)
            tracker.start(.application, in: scope)
            tracker.end(in: scope)
            tracker.end(in: scope)
        }
        #expect(server.payloads.map { $0["status"] } == ["exited", "exited"])
        #expect(Set(server.payloads.compactMap { $0["sid"]?.stringValue }).count == 2)
    }

    @Test func `an error in a forked scope counts in the session, one in a request's own does not`() {
        let tracker = server.tracker()
        func fail() { tracker.noteEvent(level: .error, isMessage: false, isUnhandled: false, user: nil) }
        inScope { scope in
            tracker.start(.application, in: scope)
            FaultlineSDK.withIsolationScope { _ in fail() }
            inScope { request in
                tracker.start(.request, in: request)
                fail()
                fail()
                tracker.end(in: request)
            }
            tracker.end(in: scope)
        }
        tracker.flush()
        #expect(server.payloads.first?["errors"] == 1)
        #expect(server.total("errored") == 1)
        #expect(server.total("exited") == 0)
    }

    @Test func `an error in a scope of an earlier session of the process counts in the one of now`() throws {
        let tracker = server.tracker(isProcessWide: true)
        let start = Timestamp.now()
        tracker.start(.application, in: .root, now: start)
        defer { tracker.close() }
        inScope { _ in
            tracker.tick(now: start.advanced(by: SessionTracker.longest))
            tracker.noteEvent(level: .error, isMessage: false, isUnhandled: false, user: nil)
        }
        tracker.tick()
        #expect(server.payloads.map { $0["status"] } == ["exited", "ok"])
        #expect(server.payloads.map { $0["errors"] } == [nil, 1])
    }

    @Test func `an error of one client is none of another's session`() {
        let tracker = server.tracker(), other = Server()
        inScope { scope in
            tracker.start(.application, in: scope)
            let stranger = other.tracker()
            stranger.noteEvent(level: .error, isMessage: false, isUnhandled: false, user: nil)
            stranger.end(in: scope)
            #expect(other.payloads.isEmpty)
            tracker.end(in: scope)
        }
        #expect(server.payloads.map { $0["errors"] } == [nil])
    }

    @Test func `an object that two clients capture is a repeat of neither`() {
        let scope = Scope.root.fork(.isolation)
        let error = Failure(), one = SessionOwner(), other = SessionOwner()
        #expect(!scope.noteError(error, by: one))
        #expect(!scope.noteError(error, by: other))
        #expect(scope.noteError(error, by: other))
    }

    private final class Failure: Error {}

    @Test func `the session of a scope goes on beside one that is started in a fork of it`() {
        let tracker = server.tracker()
        inScope { scope in
            tracker.start(.application, in: scope)
            inScope { fork in
                tracker.start(.request, in: fork)
                tracker.end(in: fork)
            }
            #expect(server.payloads.isEmpty)
            inScope { fork in tracker.end(in: fork) }
            #expect(server.payloads.map { $0["status"] } == ["exited"])
            tracker.end(in: scope)
        }
        #expect(server.payloads.count == 1)
    }

    @Test func `the address of the user goes along only where personal data is wanted`() {
        for keeps in [false, true] {
            let session = RunningSession(
                .application, attributes: ["release": "shop@1"], isProcess: false, keepsAddress: keeps)
            session.noteUser(User(id: "42", ipAddress: "192.0.2.1"), ofProcess: false)
            let end = session.end()
            #expect(end?.distinctID == "42")
            #expect(end?.attributes["ip_address"] == (keeps ? "192.0.2.1" : nil))
        }
    }

    @Test func `messages and warnings are no errors, an event without a level is one`() {
        let tracker = server.tracker()
        inScope { scope in
            tracker.start(.application, in: scope)
            tracker.noteEvent(level: .fatal, isMessage: true, isUnhandled: false, user: nil)
            tracker.noteEvent(level: .warning, isMessage: false, isUnhandled: false, user: nil)
            tracker.noteEvent(level: nil, isMessage: false, isUnhandled: false, user: User(email: "a@example.com"))
            tracker.end(in: scope)
        }
        #expect(server.payloads.first?["errors"] == 1)
        #expect(server.payloads.first?["did"] == "a@example.com")
    }

    @Test func `of many requests at once none is lost, and the minutes are bounded`() async {
        let tracker = server.tracker()
        await withTaskGroup { group in
            for worker in 0..<8 {
                group.addTask {
                    for request in 0..<500 {
                        FaultlineSDK.withIsolationScope { scope in
                            let started = Timestamp(seconds: Int64(1_800_000_000 + 60 * (request % 250)))
                            tracker.start(.request, in: scope, now: started)
                            if request % 10 == worker {
                                tracker.noteEvent(level: nil, isMessage: false, isUnhandled: true, user: nil)
                            }
                            tracker.end(in: scope)
                        }
                    }
                }
            }
        }
        tracker.flush()
        #expect(server.total("exited") == 8 * 450)
        #expect(server.total("crashed") == 8 * 50)
        #expect(server.payloads.allSatisfy { $0["aggregates"]?.arrayValue?.count ?? 0 <= 100 })
        let before = server.payloads.count
        tracker.flush()
        #expect(server.payloads.count == before)
    }

    @Test func `without a release, and after the end, no session is told`() {
        let nameless = server.tracker(release: nil)
        let closed = server.tracker()
        closed.close()
        for tracker in [nameless, closed] {
            inScope { scope in
                tracker.start(.application, in: scope)
                tracker.end(in: scope)
                tracker.start(.request, in: scope)
                tracker.end(in: scope)
            }
            tracker.flush()
        }
        #expect(server.payloads.isEmpty)
    }
}
