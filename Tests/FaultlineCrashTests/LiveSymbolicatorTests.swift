// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import FaultlineSymbols
import Foundation
import Synchronization
import Testing

@testable import FaultlineCrash

#if os(Linux)
struct LiveSymbolicatorTests {
    private func symbolicator(_ log: @escaping @Sendable (String) -> Void = { _ in }) -> LiveSymbolicator {
        LiveSymbolicator(options: SymbolicatorOptions(includeSourceContext: false), log: log)
    }

    private func envelope(_ stack: LiveStack) -> Envelope {
        let text = StackText(stack)
        var payload = Array(#"{"event_id":"0","exception":{"values":[{"type":"E","stacktrace":"#.utf8)
        text.writeStacktrace(to: &payload)
        payload += Array(#"}]},"debug_meta":"#.utf8)
        text.writeDebugMeta(to: &payload)
        payload += Array(#","tags":{"a":"]}"}}"#.utf8)
        return Envelope(header: [:], items: [EnvelopeItem(type: "event", payload: payload)])
    }

    private func frames(_ envelope: Envelope) throws -> [Frame] {
        try #require(envelope.events.first?.exceptions.first?.stacktrace?.frames)
    }

    @Test func `a captured stack is sent with functions, files and lines, beginning with who captured`() throws {
        let line = #line + 1
        let stack = captureHere()
        let sent = symbolicator().prepare(envelope(stack))
        let frames = try frames(sent)
        let newest = try #require(frames.last)
        #expect(newest.function?.contains("captureHere") == true)
        #expect(newest.module == "FaultlineCrashTests")
        #expect(newest.filename == "LiveSymbolicatorTests.swift")
        #expect(newest.inApp == true)
        let caller = try #require(frames.dropLast().last)
        #expect(caller.lineno == line)
        #expect(frames.allSatisfy { $0.instructionAddress != nil || $0.function != nil })
        #expect(sent.events.first?.tags["a"] == "]}")
        #expect(sent.events.first?.debugImages.isEmpty == false)
    }

    @inline(never)
    private func captureHere() -> LiveStack {
        LiveStack.capture().asIfCalledFromHere
    }

    @Test func `the same stack a second time is the same text`() throws {
        let symbolicator = symbolicator()
        let given = envelope(captureHere())
        let first = symbolicator.prepare(given)
        #expect(first.items != given.items)
        #expect(symbolicator.prepare(given) == first)
        #expect(symbolicator.prepare(first) == first)
    }

    @Test func `an event without a captured stack stays as it is`() {
        let payload = Array(#"{"message":"instruction_addr_adjustment","extra":{"a":[1]}}"#.utf8)
        let envelope = Envelope(header: [:], items: [EnvelopeItem(type: "event", payload: payload)])
        #expect(symbolicator().prepare(envelope) == envelope)
    }

    @Test func `images that are another build give no names, and that is said once`() throws {
        let told = Mutex<[String]>([])
        let symbolicator = symbolicator { note in told.withLock { $0.append(note) } }
        var given = envelope(captureHere())
        var event = try #require(given.events.first)
        var images = event.debugImages
        for index in images.indices { images[index].codeID = "00112233445566778899aabbccddeeff00112233" }
        event.debugImages = images
        given.items[0].payload = JSONValue.object(event.fields).serialized()
        let frames = try frames(symbolicator.prepare(given))
        #expect(frames.allSatisfy { $0.function == nil && $0.package != nil })
        _ = symbolicator.prepare(given)
        let notes = told.withLock { $0 }
        #expect(!notes.isEmpty && Set(notes).count == notes.count)
    }
}

extension LiveStack {
    /// Keeps the call above from being the function's last act, which would leave no frame.
    @inline(never)
    fileprivate var asIfCalledFromHere: LiveStack { self }
}
#endif
