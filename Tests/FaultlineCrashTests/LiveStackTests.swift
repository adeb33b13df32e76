// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Foundation
import Testing

@testable import FaultlineCrash

#if os(Linux)
import Glibc

struct LiveStackTests {
    /// The first frame differs: both were asked at another line of this function.
    @Test func `a stack is that which libc walks`() {
        let (mine, other) = deep(20) { (LiveStack.capture(), Self.walkedByLibc()) }
        let addresses = Array(mine.ofThread.reversed())
        #expect(Array(other.suffix(addresses.count - 1)) == Array(addresses.dropFirst()))
        #expect(addresses.count > 20)
    }

    private static func walkedByLibc() -> [UInt64] {
        typealias Backtrace = @convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>, Int32) -> Int32
        guard let symbol = dlsym(nil, "backtrace") else { return [] }
        let backtrace = unsafeBitCast(symbol, to: Backtrace.self)
        var frames = [UnsafeMutableRawPointer?](repeating: nil, count: 300)
        let count = frames.withUnsafeMutableBufferPointer { backtrace($0.baseAddress.unsafelyUnwrapped, 300) }
        return frames.prefix(Int(count)).map { UInt64(UInt(bitPattern: $0)) }
    }

    @Test func `a stack begins with the caller of the marked function`() {
        let (marked, whole) = deep(3) { (Self.marked(), LiveStack.capture()) }
        // The newest is this closure, at two places.
        #expect(marked.addresses.dropLast() == whole.addresses.dropLast())
        #expect(marked.addresses.last != whole.addresses.last)
    }

    @inline(never)
    private static func marked() -> LiveStack {
        var mark = 0
        return withUnsafePointer(to: &mark) { inner($0) }
    }

    @inline(never)
    private static func inner(_ mark: UnsafeRawPointer) -> LiveStack {
        LiveStack.capture(above: mark)
    }

    @Test func `of a deep recursion both ends are kept, and the gap is told`() throws {
        let stack = deep(1000) { LiveStack.capture() }
        #expect(stack.ofThread.count == 250)
        let fields = try #require(Self.stacktrace(stack))
        let frames = try #require(fields["frames"]?.arrayValue)
        #expect(frames.count == stack.awaiting + 251)
        let gap = frames[stack.awaiting + 50].objectValue?["function"]?.stringValue ?? ""
        #expect(gap.hasPrefix("… ") && gap.hasSuffix(" frames left out …"))
    }

    @Test func `a stack as text has its addresses, and the images they lie in`() throws {
        let stack = deep(3) { LiveStack.capture() }
        let fields = try #require(Self.stacktrace(stack))
        #expect(fields["instruction_addr_adjustment"] == "all")
        let frames = try #require(fields["frames"]?.arrayValue).compactMap(\.objectValue).map { Frame(fields: $0) }
        #expect(frames.map(\.instructionAddress) == stack.addresses)

        var text: [UInt8] = []
        StackText(stack).writeDebugMeta(to: &text)
        var event = Event()
        event.fields["debug_meta"] = try JSONValue(parsing: text)
        let images = event.debugImages
        #expect(
            images.first?.codeFile == (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")))
        for address in stack.addresses {
            #expect(images.contains { $0.addresses?.contains(address) == true })
        }
        for image in images.dropFirst() {
            #expect(stack.addresses.contains { image.addresses?.contains($0) == true })
        }
        #expect(images.allSatisfy { $0.debugID != nil })
    }

    @Test func `a library that was loaded since is among the images`() throws {
        _ = StackText(LiveStack.capture())
        // Of glibc; nothing links it.
        let library = try #require(dlopen("libBrokenLocale.so.1", RTLD_NOW))
        defer { dlclose(library) }
        let symbol = UInt64(UInt(bitPattern: dlsym(library, "__ctype_get_mb_cur_max")))
        var text: [UInt8] = []
        LoadedImages.current(loaded: LiveStack.capture().loaded).write(of: [symbol], to: &text)
        #expect(String(decoding: text, as: UTF8.self).contains("libBrokenLocale.so.1"))
    }

    @Test func `the thread's entry names it as the current one that did not crash`() throws {
        var text: [UInt8] = []
        StackText(LiveStack.capture()).writeThread(to: &text)
        let thread = try #require(try JSONValue(parsing: text).objectValue)
        #expect(thread["id"]?.integerValue ?? 0 > 0)
        #expect(thread["crashed"] == false)
        #expect(thread["current"] == true)
        #expect(thread["stacktrace"]?.objectValue?["frames"] != nil)
    }

    @Test func `in a task, those who await it are on the stack`() async {
        let stack = await outer()
        #expect(stack.awaiting >= 2)
        #expect(stack.addresses.count > stack.awaiting)
    }

    @inline(never)
    private func outer() async -> LiveStack {
        let stack = await middle()
        await Task.yield()
        return stack
    }

    @inline(never)
    private func middle() async -> LiveStack {
        await Task.yield()
        let stack = await innermost()
        await Task.yield()
        return stack
    }

    @inline(never)
    private func innermost() async -> LiveStack {
        await Task.yield()
        return LiveStack.capture()
    }

    @Test func `many threads capture at once, and each gets its own stack`() async {
        await withTaskGroup(of: Bool.self) { group in
            for depth in 1...8 {
                group.addTask {
                    let counts = (0..<200).map { _ in deep(depth * 10) { LiveStack.capture() }.newestCount }
                    return Set(counts).count == 1 && counts[0] > depth * 10
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }

    private static func stacktrace(_ stack: LiveStack) -> Fields? {
        var text: [UInt8] = []
        StackText(stack).writeStacktrace(to: &text)
        return try? JSONValue(parsing: text).objectValue
    }
}

extension LiveStack {
    fileprivate var ofThread: ArraySlice<UInt64> { addresses.dropFirst(awaiting) }
    fileprivate var newestCount: Int { addresses.count - newest }
}

/// Calls `body` with so many frames of this function below it.
@inline(never)
private func deep<Result>(_ depth: Int, _ body: () -> Result) -> Result {
    guard depth > 0 else { return body() }
    let result = deep(depth - 1, body)
    return withExtendedLifetime(depth) { result }
}
#endif
