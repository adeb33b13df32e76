// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@Suite struct EventTests {
    private func crash() throws -> Event {
        let sample = try #require(SampleEnvelope.all.first { $0.name == "crash_with_session_and_attachment" })
        let item = try #require(Envelope(parsing: sample.bytes).items.first)
        return Event(fields: try #require(JSONValue(parsing: item.payload).objectValue))
    }

    @Test func `the sample crash is read through the accessors`() throws {
        let event = try crash()
        #expect(event.eventID == EventID("fc6d8c0c43fc4630ad850ee518f1b9d0"))
        #expect(event.timestamp == Timestamp("2026-08-21T09:30:00.123456Z"))
        #expect(event.platform == "native")
        #expect(event.level == .fatal)
        #expect(event.release == "shop@1.4.2")
        #expect(event.dist == "77")
        #expect(event.environment == "production")
        #expect(event.serverName == "web-1")
        #expect(event.transaction == "GET /orders/{id}")
        #expect(event.user?.id == "42")
        #expect(event.tags == ["zone": "eu"])
        #expect(event.extra["attempt"] == 2)
        #expect(event.contexts["runtime"] == ["name": "Swift", "version": "6.1"])
        #expect(event.sdk["name"] == "sentry.swift.linux")
        let breadcrumb = try #require(event.breadcrumbs.first?.objectValue)
        #expect(breadcrumb["message"] == "GET /stock")
    }

    @Test func `the sample's exception, threads and images are read through the accessors`() throws {
        let event = try crash()
        let exception = try #require(event.exceptions.first)
        #expect(exception.type == "SIGSEGV")
        #expect(exception.threadID == 4711)
        #expect(exception.mechanism?.type == "signalhandler")
        #expect(exception.mechanism?.handled == false)
        #expect(exception.mechanism?.synthetic == true)
        #expect(exception.mechanism?.exceptionID == 0)
        #expect(exception.mechanism?.meta["signal"]?.objectValue?["number"] == 11)
        #expect(exception.stacktrace?.registers["rip"] == "0x000055d0c1a21b3c")
        let frame = try #require(exception.stacktrace?.frames.last)
        #expect(frame.function == "Shop.Orders.load(id: Int)")
        #expect(frame.rawFunction == "$s4Shop6OrdersC4load2idySi_tF")
        #expect(frame.instructionAddress == 0x55d0_c1a2_1b3c)
        #expect(frame.symbolAddress == 0x55d0_c1a2_1a90)
        #expect(frame.imageAddress == 0x55d0_c1a0_0000)
        #expect(frame.lineno == 41)
        #expect(frame.inApp == true)
        #expect(event.threads.map(\.id) == [4700, 4711])
        #expect(event.threads.map(\.crashed) == [false, true])
        #expect(event.threads.first?.stacktrace?.frames.first?.instructionAddress == 0x7f51_4061_1d7f)
        let image = try #require(event.debugImages.first)
        #expect(image.imageAddress == 0x55d0_c1a0_0000)
        #expect(image.imageSize == 1_806_336)
        #expect(image.imageVMAddress == 0)
        #expect(image.debugID == "c0bcc3f1-9827-fe65-3058-404b2831d9e6")
    }

    @Test func `setting one member leaves all others, known or not, where they are`() throws {
        var event = try crash()
        event.fields["from_the_future"] = ["x": 1]
        let keys = event.fields.map(\.key)
        event.release = "other"
        event.exceptions = event.exceptions
        event.threads = event.threads
        event.debugImages = event.debugImages
        event.tags["new"] = "tag"
        #expect(event.fields.map(\.key) == keys)
        #expect(event.fields["from_the_future"] == ["x": 1])
        var same = try crash()
        same.exceptions = same.exceptions
        same.threads = same.threads
        same.debugImages = same.debugImages
        #expect(same == (try crash()))
    }

    @Test func `an accessor of a member of another type is empty and does no harm`() {
        let event = Event(fields: [
            "event_id": 1, "timestamp": [], "level": "loud", "exception": 3, "threads": ["values": "x"], "tags": 1,
            "debug_meta": [], "breadcrumbs": nil, "user": "me", "contexts": [1], "fingerprint": "x", "request": 1,
        ])
        #expect(event.eventID == nil)
        #expect(event.timestamp == nil)
        #expect(event.level == nil)
        #expect(event.exceptions.isEmpty)
        #expect(event.threads.isEmpty)
        #expect(event.tags.isEmpty)
        #expect(event.debugImages.isEmpty)
        #expect(event.breadcrumbs.isEmpty)
        #expect(event.user == nil)
        #expect(event.contexts.isEmpty)
        #expect(event.fingerprint == nil)
        #expect(event.request == nil)
    }

    @Test func `a message is found in each of its three places, and setting it leaves one`() {
        #expect(Event(fields: ["message": "a"]).message == "a")
        #expect(Event(fields: ["logentry": ["message": "a %s"]]).message == "a %s")
        var event = Event(fields: ["message": "c", "logentry": ["message": "a %s", "formatted": "a b"]])
        #expect(event.message == "a b")
        event.message = "new"
        #expect(event.fields == ["logentry": ["formatted": "new"]])
        event.message = nil
        #expect(event.fields.isEmpty)
    }

    @Test func `tags of other types and as pairs are read as texts`() {
        #expect(
            Event(fields: ["tags": ["a": 1, "b": true, "c": "x", "d": nil]]).tags == ["a": "1", "b": "true", "c": "x"])
        #expect(Event(fields: ["tags": [["a", "1"], ["b", 2], ["a", "3"], ["x"], 7]]).tags == ["a": "3", "b": "2"])
    }

    @Test func `an empty list removes the member`() {
        var event = Event()
        event.exceptions = [ExceptionValue()]
        event.debugImages = [DebugImage()]
        event.exceptions = []
        event.debugImages = []
        event.tags = [:]
        event.breadcrumbs = []
        #expect(event.fields.isEmpty)
    }

    @Test func `bare lists are read like those in values`() {
        #expect(Event(fields: ["exception": [["type": "A"], 1, ["type": "B"]]]).exceptions.map(\.type) == ["A", "B"])
        #expect(Event(fields: ["breadcrumbs": [["message": "m"]]]).breadcrumbs.count == 1)
    }
}
