// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCrash

@Suite struct EventCrashFilePartTests {
    private func event() -> Event {
        var event = Event(fields: ["level": "fatal"])
        event.debugImages = [
            DebugImage(fields: ["type": "elf", "image_addr": "0x1000", "image_size": 4096, "code_file": "/srv/shop"])
        ]
        event.threads = [ThreadValue(fields: ["id": 7, "crashed": true])]
        return event
    }

    private func added(_ text: String) -> Event {
        var event = event()
        event.add(crashFilePart: Array(text.utf8))
        return event
    }

    @Test func `threads become an event's threads, callers first, with their images`() throws {
        let event = added(
            #"{"lost":[],"process":5,"threads":[{"id":5,"name":"shop","state":"waiting","depth":2,"addresses":["0x1010","0x9000"]}],"threads_left_out":0}"#
        )
        let thread = try #require(event.threads.last)
        #expect(event.threads.count == 2)
        #expect(thread.id == 5)
        #expect(thread.name == "shop")
        #expect(thread.main == true)
        #expect(thread.crashed == false)
        #expect(thread.state == "waiting")
        let frames = try #require(thread.stacktrace?.frames)
        #expect(frames.map(\.instructionAddress) == [0x9000, 0x1010])
        #expect(frames.map(\.package) == [nil, "/srv/shop"])
        #expect(frames.last?.imageAddress == 0x1000)
        #expect(event.contexts["faultline"] == nil)
    }

    @Test func `the crashed thread is not added again`() {
        #expect(added(#"{"threads":[{"id":7}]}"#).threads == event().threads)
    }

    @Test func `a thread that crashed too says so`() {
        let event = added(#"{"threads":[{"id":8,"state":"waiting","signal":"SIGBUS","code":2,"address":"0x1f"}]}"#)
        #expect(event.threads.last?.state == "crashed too: SIGBUS at 0x1f")
    }

    @Test func `what the report lacks is told`() {
        let event = added(#"{"lost":["scopes"],"threads":[],"threads_left_out":3}"#)
        #expect(event.contexts["faultline"] == ["lost_stages": ["scopes"], "threads_left_out": 3])
    }

    @Test func `the middle of a deep stack is counted`() throws {
        let addresses = (1...250).map { "\"0x" + String($0, radix: 16) + "\"" }.joined(separator: ",")
        let event = added(#"{"threads":[{"id":8,"depth":1250,"addresses":[\#(addresses)]}]}"#)
        let frames = try #require(event.threads.last?.stacktrace?.frames)
        #expect(frames.count == 251)
        #expect(frames[50].function == "… 1000 frames left out …")
        #expect(frames[51].instructionAddress == 200)
    }

    @Test(arguments: [
        "", "{", "[]", #"{"threads":7}"#, #"{"threads":[7,{},{"id":"x"}]}"#,
        #"{"threads":[{"id":8,"addresses":["nonsense",1,null],"depth":-5}]}"#,
        #"{"lost":"all","process":[],"threads_left_out":"many"}"#,
    ])
    func `what is not understood is left out`(text: String) {
        let event = added(text)
        #expect(event.threads.first == self.event().threads.first)
        #expect(event.exceptions.isEmpty)
    }
}
