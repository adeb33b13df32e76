// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCrash

@Suite struct EventFittingTests {
    private func crash(frames: Int, breadcrumbs: Int = 0, extra: Int = 0) -> Event {
        var event = Event(fields: ["event_id": .string(EventID().description), "level": "fatal"])
        let frame: (Int) -> JSONValue = { number in
            .object([
                "function": .string("function\(number)" + String(repeating: "x", count: 400)), "image_addr": "0x1000",
            ])
        }
        event.exceptions = [
            ExceptionValue(fields: [
                "type": "SIGSEGV", "value": "why", "stacktrace": ["frames": .array((0..<frames).map(frame))],
            ])
        ]
        event.breadcrumbs = (0..<breadcrumbs).map {
            .object(["message": .string("\($0)" + String(repeating: "b", count: 2000))])
        }
        if extra > 0 { event.extra = ["big": .string(String(repeating: "e", count: extra))] }
        return event
    }

    @Test func `an event that fits is not touched`() {
        let before = crash(frames: 10)
        var event = before
        EventFitting.fit(&event)
        #expect(event == before)
    }

    @Test(arguments: [(3000, 0, 0), (100, 900, 0), (100, 0, 2_000_000), (3000, 900, 2_000_000)])
    func `an event that is too large fits afterwards, with its reason and the ends of its stack`(
        _ frames: Int, _ breadcrumbs: Int, _ extra: Int
    ) throws {
        var event = crash(frames: frames, breadcrumbs: breadcrumbs, extra: extra)
        EventFitting.fit(&event)
        #expect(event.serialized().count <= EventFitting.limit)
        let exception = try #require(event.exceptions.first)
        #expect(exception.value == "why")
        let kept = try #require(exception.stacktrace?.frames)
        #expect(kept.first?.function?.hasPrefix("function0x") == true)
        #expect(kept.last?.function?.hasPrefix("function\(frames - 1)x") == true)
        #expect(event.contexts["faultline"]?.objectValue?["left_out"]?.arrayValue?.isEmpty == false)
    }

    @Test func `breadcrumbs go before frames, the oldest first`() {
        var event = crash(frames: 100, breadcrumbs: 600)
        EventFitting.fit(&event)
        #expect(event.breadcrumbs.count == 20)
        #expect(event.breadcrumbs.last?.objectValue?["message"]?.stringValue?.hasPrefix("599b") == true)
        #expect(event.exceptions.first?.stacktrace?.frames.count == 100)
    }

    /// `count` parked threads of a pool, all at one place, and one of the service's own.
    private func crashWithThreads(_ count: Int) -> Event {
        var event = crash(frames: 10)
        let frame: (String, Bool) -> JSONValue = { name, inApp in
            ["function": .string(name + String(repeating: "x", count: 400)), "in_app": .bool(inApp)]
        }
        let parked: JSONValue = ["frames": .array((0..<20).map { frame("wait\($0)", false) })]
        let own: JSONValue = ["frames": .array((0..<20).map { frame("own\($0)", $0 == 10) })]
        event.threads = (0..<count).map { id in
            ThreadValue(fields: [
                "id": .integer(Int64(id)), "state": "waiting", "stacktrace": id == 1 ? own : parked,
            ])
        }
        return event
    }

    @Test func `equal stacks of a thousand threads are sent once`() {
        var event = crashWithThreads(1000)
        EventFitting.fit(&event)
        #expect(event.serialized().count <= EventFitting.limit)
        #expect(event.threads.count == 1000)
        #expect(event.threads.filter { $0.stacktrace != nil }.map(\.id) == [0, 1])
        #expect(event.threads.last?.state == "waiting, same stack as thread 0")
        #expect(event.exceptions.first?.stacktrace?.frames.count == 10)
    }

    @Test func `of many different stacks the service's own frames stay`() {
        var event = crashWithThreads(1000)
        event.threads = event.threads.map { thread in
            var thread = thread
            guard var stacktrace = thread.stacktrace else { return thread }
            stacktrace.frames[0].function = "thread\(thread.id ?? 0)"
            thread.stacktrace = stacktrace
            return thread
        }
        EventFitting.fit(&event)
        #expect(event.serialized().count <= EventFitting.limit)
        #expect(event.exceptions.first?.stacktrace?.frames.count == 10)
        let own = event.threads.first { $0.id == 1 }
        #expect(own?.stacktrace?.frames.contains { $0.function?.hasPrefix("own10") == true } != false)
        #expect(event.contexts["faultline"]?.objectValue?["left_out"]?.arrayValue?.isEmpty == false)
    }
}
