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
        #expect(EventFitting.fit(&event) == nil)
        #expect(event == before)
    }

    @Test(arguments: [(3000, 0, 0), (100, 900, 0), (100, 0, 2_000_000), (3000, 900, 2_000_000)])
    func `an event that is too large fits afterwards, with its reason and the ends of its stack`(
        _ frames: Int, _ breadcrumbs: Int, _ extra: Int
    ) throws {
        var event = crash(frames: frames, breadcrumbs: breadcrumbs, extra: extra)
        _ = EventFitting.fit(&event)
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
        _ = EventFitting.fit(&event)
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
        _ = EventFitting.fit(&event)
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
        _ = EventFitting.fit(&event)
        #expect(event.serialized().count <= EventFitting.limit)
        #expect(event.exceptions.first?.stacktrace?.frames.count == 10)
        let own = event.threads.first { $0.id == 1 }
        #expect(own?.stacktrace?.frames.contains { $0.function?.hasPrefix("own10") == true } != false)
        #expect(event.contexts["faultline"]?.objectValue?["left_out"]?.arrayValue?.isEmpty == false)
    }

    // MARK: - What is told of it

    private func meta(_ event: Event, _ place: String...) -> Fields? {
        var value = event.fields["_meta"]
        for key in place { value = value?.objectValue?[key] }
        return value?.objectValue?[""]?.objectValue
    }

    @Test func `the whole event is handed back as it was`() throws {
        let before = crash(frames: 3000, breadcrumbs: 900, extra: 2_000_000)
        var event = before
        let whole = try #require(EventFitting.fit(&event))
        #expect(whole == before.serialized())
    }

    @Test func `_meta says by place how long lists were, and what was removed`() {
        var event = crash(frames: 3000, breadcrumbs: 900, extra: 2_000_000)
        _ = EventFitting.fit(&event)
        #expect(meta(event, "exception", "values", "0", "stacktrace", "frames") == ["len": 3000])
        #expect(meta(event, "breadcrumbs", "values") == ["len": 900])
        #expect(meta(event, "extra") == ["rem": [["!limit", "x"]]])
    }

    @Test func `the totals add up over all steps`() throws {
        var event = crashWithThreads(1000)
        event.threads = event.threads.map { thread in
            var thread = thread
            // Two kinds of stack that are no other's, in each fifth thread.
            if let id = thread.id, id % 5 == 0, var stacktrace = thread.stacktrace {
                stacktrace.frames[0].function = "thread\(id)"
                thread.stacktrace = stacktrace
            }
            return thread
        }
        let before = event.threads
        _ = EventFitting.fit(&event)
        let told = try #require(event.contexts["faultline"]?.objectValue)
        let totals = try #require(told["left_out_total"]?.objectValue)
        let equal = event.threads.filter { $0.state?.contains("same stack") == true }.count
        #expect(totals["equal_stacks"]?.integerValue == Int64(equal))
        #expect(equal == 798)
        let kept = event.threads.compactMap(\.stacktrace?.frames.count).reduce(0, +)
        let all = before.compactMap(\.stacktrace?.frames.count).reduce(0, +)
        #expect(totals["frames"]?.integerValue == Int64(all - kept - equal * 20))
        #expect(meta(event, "threads", "values", "2", "stacktrace") == nil)
        #expect(meta(event, "threads", "values", "3", "stacktrace") == ["rem": [["!limit", "x"]]])
        #expect(meta(event, "threads", "values", "5", "stacktrace", "frames") == ["len": 20])
    }

    @Test func `what the report says of itself already stays`() {
        var event = crash(frames: 3000)
        event.contexts["faultline"] = ["lost_stages": ["scopes"]]
        event.fields["_meta"] = ["tags": ["a": ["": ["rem": [["!config", "s"]]]]]]
        _ = EventFitting.fit(&event)
        #expect(event.contexts["faultline"]?.objectValue?["lost_stages"] == ["scopes"])
        #expect(meta(event, "tags", "a") == ["rem": [["!config", "s"]]])
    }

    private func crash(_ frames: [Frame]) -> Event {
        var event = crash(frames: 0)
        var stacktrace = Stacktrace()
        stacktrace.frames = frames
        event.exceptions[0].stacktrace = stacktrace
        return event
    }

    @Test func `a stack deeper than servers keep is cut whatever its size, and goes along whole`() throws {
        var event = crash((0..<280).map { Frame(fields: ["function": "frame\($0)"]) })
        #expect(EventFitting.fit(&event) != nil)
        let frames = try #require(event.exceptions.first?.stacktrace?.frames)
        #expect(frames.map(\.function)[48...51] == ["frame48", "frame49", "… 30 frames left out …", "frame80"])
        #expect(frames.count == 251)
        #expect(meta(event, "exception", "values", "0", "stacktrace", "frames") == ["len": 280])
        #expect(event.contexts["faultline"]?.objectValue?["left_out_total"] == ["frames": 30])
        #expect(EventFitting.fit(&event) == nil)
    }

    /// A stack of 1,250 frames as the handler leaves it; then 30 became two each by inlining.
    @Test func `a stack that the handler cut keeps its ends, and the frames left out add up`() throws {
        var event = crash(
            (0..<65).map { Frame(fields: ["function": "old\($0)"]) } + [.gap(1000)]
                + (0..<215).map { Frame(fields: ["function": "new\($0)"]) })
        #expect(EventFitting.fit(&event) == nil)
        let frames = try #require(event.exceptions.first?.stacktrace?.frames)
        #expect(frames.count == 251)
        #expect(frames.first?.function == "old0")
        #expect(frames.map(\.function)[49...51] == ["old49", "… 1030 frames left out …", "new15"])
        #expect(frames.last?.function == "new214")
        #expect(meta(event, "exception", "values", "0", "stacktrace", "frames") == ["len": 1280])
        #expect(event.contexts["faultline"] == nil)
    }

    @Test func `numbers in a foreign report that cannot be depths are not added up`() {
        var event = crash(frames: 300)
        var stacktrace = Stacktrace()
        stacktrace.frames =
            (0..<300).map { _ in Frame(fields: ["function": "… 9223372036854775807 frames left out …"]) }
        event.threads = [ThreadValue(fields: ["id": 1, "stacktrace": .object(stacktrace.fields)])]
        #expect(EventFitting.fit(&event) != nil)
    }

    @Test func `source lines go first, those of other threads before all`() throws {
        func withSource(_ stacktrace: Stacktrace?) -> Stacktrace? {
            guard var stacktrace else { return nil }
            stacktrace.frames = stacktrace.frames.map { frame in
                var frame = frame
                frame.preContext = ["before"]
                frame.contextLine = String(repeating: "s", count: 500)
                frame.postContext = ["after"]
                return frame
            }
            return stacktrace
        }
        var whole = crashWithThreads(20)
        whole.exceptions[0].stacktrace = withSource(whole.exceptions[0].stacktrace)
        whole.threads = whole.threads.map { thread in
            var thread = thread
            thread.stacktrace = withSource(thread.stacktrace)
            return thread
        }
        let size = whole.serialized().count
        var event = whole
        _ = EventFitting.fit(&event, limit: size - 1000)
        #expect(event.contexts["faultline"]?.objectValue?["left_out"] == ["source lines of other threads"])
        #expect(event.exceptions == whole.exceptions)
        for (thread, before) in zip(event.threads, whole.threads) {
            let frames = thread.stacktrace?.frames ?? []
            #expect(frames.map(\.function) == (before.stacktrace?.frames ?? []).map(\.function))
            #expect(frames.allSatisfy { $0.contextLine == nil && $0.preContext == nil && $0.postContext == nil })
        }

        let smaller = event.serialized().count
        event = whole
        _ = EventFitting.fit(&event, limit: smaller - 1000)
        #expect(
            event.contexts["faultline"]?.objectValue?["left_out"]
                == ["source lines of other threads", "source lines"])
        #expect(event.exceptions[0].stacktrace?.frames.allSatisfy { $0.contextLine == nil } == true)
        #expect(event.exceptions[0].stacktrace?.frames.count == whole.exceptions[0].stacktrace?.frames.count)
    }
}
