// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Foundation
import Testing

@testable import FaultlineSymbols

@Suite(.enabled(if: Toolchain.directory != nil, "no clang and swiftc in one directory of PATH"))
struct EventSymbolicatorTests {
    private static let base: UInt64 = 0x5555_0000_0000

    /// A crash in `local`, called from `entry`; the stack's oldest frame is of no image.
    private func crash(in path: String, codeID: String? = nil) throws -> Event {
        var event = Event()
        var image = DebugImage()
        image.type = "elf"
        image.imageAddress = Self.base
        image.imageSize = 0x10_0000
        image.imageVMAddress = 0
        image.codeFile = path
        image.codeID = try codeID ?? buildID(of: path).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        event.debugImages = [image]
        let local = try #require(try functionAddresses(of: path, named: "local").dropFirst(4).first)
        // As a return address: that of the instruction behind a call is `entry`'s next one.
        let entry = try #require(try functionAddresses(of: path, named: "entry").last)
        let addresses: [UInt64] = [0x10, Self.base + entry + 1, Self.base + local]
        var stacktrace = Stacktrace()
        stacktrace.instructionAddressAdjustment = "all_but_first"
        stacktrace.frames = addresses.map { address in
            var frame = Frame()
            frame.instructionAddress = address
            frame.package = path
            return frame
        }
        var exception = ExceptionValue()
        exception.type = "SIGSEGV"
        exception.value = "Segmentation fault"
        var mechanism = Mechanism()
        mechanism.synthetic = true
        exception.mechanism = mechanism
        exception.stacktrace = stacktrace
        event.exceptions = [exception]
        return event
    }

    private func symbolicated(_ event: Event) -> (event: Event, summary: EventSymbolicator.Summary) {
        var event = event
        let summary = EventSymbolicator(options: SymbolicatorOptions()).symbolicate(&event)
        return (event, summary)
    }

    @Test func `each function of an address becomes a frame, callers first`() throws {
        let workshop = try Workshop()
        let (event, summary) = symbolicated(try crash(in: try workshop.build()))
        let frames = event.exceptions.last?.stacktrace?.frames ?? []
        #expect(frames.first?.function == nil)
        #expect(frames.first?.instructionAddress == 0x10)
        let functions = frames.compactMap(\.function)
        // The last byte of `entry` is one less than the return address, and so still `entry`.
        #expect(functions.contains("entry"))
        #expect(functions.contains("local"))
        let caller = try #require(functions.firstIndex(of: "entry"))
        #expect(caller < functions.firstIndex(of: "local") ?? 0)
        for frame in frames where frame.function != nil {
            #expect(frame.filename == "inlines.c")
            #expect(frame.absPath?.hasPrefix("/") == true)
            #expect(frame.lineno ?? 0 > 0)
            #expect(frame.inApp == true)
            #expect(frame.platform == "other")
        }
        #expect(summary.addresses == 2)
        #expect(summary.named == 2)
        #expect(summary.notes.isEmpty)
    }

    @Test func `an image of another build gives no names, and one line for the log`() throws {
        let workshop = try Workshop()
        let before = try crash(in: try workshop.build(), codeID: "0123456789abcdef0123456789abcdef01234567")
        let (event, summary) = symbolicated(before)
        #expect(event == before)
        #expect(summary.notes.count == 1)
        #expect(summary.notes.first?.contains("another build") == true)
    }

    @Test func `an image that is gone gives no names, and one line for the log`() throws {
        let workshop = try Workshop()
        let before = try crash(in: try workshop.build())
        try FileManager.default.removeItem(atPath: workshop.path("inlines"))
        let (event, summary) = symbolicated(before)
        #expect(event == before)
        #expect(summary.notes.first?.contains("cannot be read") == true)
    }

    @Test func `a frame that has a function already is left alone`() throws {
        let workshop = try Workshop()
        var before = try crash(in: try workshop.build())
        var exception = try #require(before.exceptions.last)
        var stacktrace = try #require(exception.stacktrace)
        stacktrace.frames = stacktrace.frames.map { frame in
            var frame = frame
            frame.function = "known"
            return frame
        }
        exception.stacktrace = stacktrace
        before.exceptions = [exception]
        #expect(symbolicated(before).event == before)
    }

    @Test func `an event without images or stacks stays as it is`() {
        var message = Event()
        message.message = "hello"
        #expect(symbolicated(message).event == message)
    }

    @Test func `a trap's reason replaces a bare signal, and no message`() {
        var event = Event()
        var exception = ExceptionValue()
        exception.type = "SIGILL"
        var mechanism = Mechanism()
        mechanism.synthetic = true
        exception.mechanism = mechanism
        event.exceptions = [exception]
        event.explainCrash("arithmetic overflow")
        #expect(event.exceptions.last?.type == "Swift runtime failure")
        #expect(event.exceptions.last?.value == "arithmetic overflow")
        #expect(event.exceptions.last?.mechanism?.synthetic == nil)

        event.explainCrash("another one")
        #expect(event.exceptions.last?.value == "arithmetic overflow")
    }
}
