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
        let local = try #require(try functionAddresses(of: path, named: "local").dropFirst(4).first)
        // As a return address: that of the instruction behind a call is `entry`'s next one.
        let entry = try #require(try functionAddresses(of: path, named: "entry").last)
        return try crash(in: path, at: [0x10, Self.base + entry + 1, Self.base + local], codeID: codeID)
    }

    /// - Parameter addresses: oldest first.
    private func crash(in path: String, at addresses: [UInt64], codeID: String? = nil) throws -> Event {
        var event = Event()
        var image = DebugImage()
        image.type = "elf"
        image.imageAddress = Self.base
        image.imageSize = 0x10_0000
        image.imageVMAddress = 0
        image.codeFile = path
        image.codeID = try codeID ?? DebugFile.hexadecimal(buildID(of: path))
        event.debugImages = [image]
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

    @Test(arguments: [
        (nil, true, false), ("auto", true, false), ("all_but_first", true, false), ("all", true, true),
        ("none", false, false),
    ])
    func `which addresses are those that calls return to, the stack says`(
        adjustment: String?, caller: Bool, newest: Bool
    ) throws {
        let workshop = try Workshop()
        let path = try workshop.build()
        let end = Self.base + (try #require(try functionAddresses(of: path, named: "entry").last)) + 1
        var event = try crash(in: path, at: [end, end])
        var exceptions = event.exceptions
        exceptions[0].stacktrace?.instructionAddressAdjustment = adjustment
        event.exceptions = exceptions
        let frames = symbolicated(event).event.exceptions.last?.stacktrace?.frames ?? []
        #expect((frames.first?.function == "entry") == caller)
        #expect(frames.dropFirst().contains { $0.function == "entry" } == newest)
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

    // MARK: - What swiftc makes of a failed check

    /// By address: the rows of every byte of the module's own functions.
    private func rows(of path: String, _ prefix: String = "$s5traps") throws -> [(address: UInt64, rows: [SymbolRow])] {
        let addresses = try functionAddresses(of: path, where: { $0.hasPrefix(prefix) })
        let file = try SymbolFile(path, buildID: try buildID(of: path))
        return zip(addresses, file.rows(at: addresses, limits: SymbolLimits())).map { (address: $0, rows: $1) }
    }

    @Test(arguments: ["-O", "-Onone"])
    func `a trap is told by its reason, and its frame is the function that trapped`(optimization: String) throws {
        let workshop = try Workshop()
        let path = try workshop.buildSwift([optimization], source: "traps.swift", module: "traps")
        let traps = try rows(of: path).filter { $0.rows.first?.rawName?.hasPrefix("Swift runtime failure: ") == true }
        var reasons: Set<String> = []
        for (address, rows) in traps {
            let (event, _) = symbolicated(try crash(in: path, at: [Self.base + address]))
            let exception = try #require(event.exceptions.last)
            #expect(exception.type == "Swift runtime failure")
            reasons.insert(exception.value ?? "")
            #expect(rows.first?.rawName == "Swift runtime failure: \(exception.value ?? "")")
            let frames = exception.stacktrace?.frames ?? []
            #expect(!frames.isEmpty)
            #expect(!frames.contains { $0.function?.hasPrefix("Swift runtime failure") == true })
        }
        let expected =
            optimization == "-Onone"
            ? ["arithmetic overflow"]
            : [
                "arithmetic overflow", "Index out of range", "Division by zero", "precondition failure",
                "Unexpectedly found nil while unwrapping an Optional value",
                "Not enough bits to represent the passed value", "Negative value is not representable",
            ]
        #expect(reasons.isSuperset(of: expected), "\(reasons)")
    }

    @Test func `a trap of another thread is no reason, and no frame`() throws {
        let workshop = try Workshop()
        let path = try workshop.buildSwift(source: "traps.swift", module: "traps")
        let trap = try #require(
            try rows(of: path).first { $0.rows.first?.rawName?.hasPrefix("Swift runtime failure: ") == true })
        var event = try crash(in: path, at: [Self.base + trap.address])
        var thread = ThreadValue()
        thread.id = 2
        thread.stacktrace = event.exceptions.last?.stacktrace
        event.threads = [thread]
        event.exceptions[0].stacktrace = nil
        event = symbolicated(event).event
        #expect(event.exceptions.last?.type == "SIGSEGV")
        let frames = event.threads.first?.stacktrace?.frames ?? []
        #expect(frames.last?.function != nil)
        #expect(!frames.contains { $0.function?.hasPrefix("Swift runtime failure") == true })
    }

    @Test func `only what nobody wrote may lie within the trap`() throws {
        let image = try #require(try imageRange())
        let trap = SymbolRow(rawName: "Swift runtime failure: arithmetic overflow", isInlined: true)
        let thunk = SymbolRow(rawName: "$s4shop1fyyFyycfU_TA", isInlined: true)
        let made = SymbolRow(rawName: "$s4shop1gyyF", path: "<compiler-generated>", isInlined: true)
        let written = SymbolRow(rawName: "$s4shop1gyyF", path: "/src/g.swift", line: 3, isInlined: true)
        let function = SymbolRow(rawName: "$s4shop1fyyF", path: "/src/f.swift", line: 7)
        func reason(_ stacks: [[SymbolRow]]) throws -> String? {
            let addresses = stacks.indices.map { Self.base + UInt64($0) * 16 + 1 }
            let event = try crash(in: "/shop", at: addresses.reversed(), codeID: "00")
            // Every address but the newest's is one behind the call.
            let places = addresses.enumerated().map { $0 == 0 ? $1 : $1 - 1 }
            let found = ResolvedImage(
                rows: Dictionary(uniqueKeysWithValues: zip(places, stacks)), hasDebugInfo: true,
                imageWritten: nil)
            return EventStacks(event).crashReason(ImageRanges([image]), [found])
        }
        #expect(try reason([[trap, function]]) == "arithmetic overflow")
        #expect(try reason([[thunk, made, trap, function]]) == "arithmetic overflow")
        #expect(try reason([[thunk], [trap, function]]) == "arithmetic overflow")
        #expect(try reason([[written, trap, function]]) == nil)
        #expect(try reason([[function], [trap, function]]) == nil)
        #expect(try reason([[]]) == nil)
    }

    private func imageRange() throws -> ImageRange? {
        ImageRange(try #require(try crash(in: "/shop", at: [], codeID: "00").debugImages.first), isExecutable: true)
    }

    @Test func `what runs before main is hidden, the way to it is not`() throws {
        let workshop = try Workshop()
        let path = try workshop.buildSwift(source: "traps.swift", module: "traps")
        let addresses = try functionAddresses(of: path) {
            $0.hasPrefix("$s5traps") || $0.contains("async_Main") || $0 == "main"
        }
        var event = try crash(in: path, at: addresses.map { Self.base + $0 })
        event.exceptions[0].stacktrace?.instructionAddressAdjustment = nil
        var shown: Set<String> = []
        for frame in symbolicated(event).event.exceptions.last?.stacktrace?.frames ?? [] {
            let isHidden = frame.fields["vars"]?.objectValue?["hidden"] != nil
            if !isHidden { shown.insert(frame.function ?? "") }
            #expect(!isHidden || frame.inApp == false)
            #expect(frame.filename != "<compiler-generated>")
        }
        #expect(shown.isSuperset(of: ["static App.main()", "awaited(_:)", "Order.init(id:)"]), "\(shown)")
        #expect(shown.isDisjoint(with: ["static App.$main()", "main"]), "\(shown)")
    }

    @Test func `top-level code is shown where it has no line, the way to static main is not`() {
        func isShown(_ name: String, _ unit: String, line: Int? = nil) -> Bool {
            let row = SymbolRow(rawName: name, path: line.map { _ in unit }, unitPath: unit, line: line)
            let frames = Frame().expanded(
                [row], bias: 0, hasDebugInfo: true, isExecutable: true, rules: InAppRules(include: [], exclude: []))
            return frames.allSatisfy { $0.function == "main" && $0.fields["vars"] == nil && $0.inApp == true }
        }
        #expect(isShown("async_MainTQ2_", "/src/shop/Sources/shop/main.swift"))
        #expect(isShown("async_MainTQ2_", "/src/shop/script.swift", line: 3))
        #expect(!isShown("async_MainTQ2_", "/src/shop/Sources/shop/App.swift"))
        #expect(!isShown("main", "/src/shop/Sources/shop/App.swift"))
    }

    @Test func `a closure that is inlined into its partial application is shown without debug information, too`() {
        func frame(callee: String?, hasDebugInfo: Bool = false) -> Frame? {
            let row = SymbolRow(rawName: "$s4shop1fyyFyyYacfU_TATQ0_", line: hasDebugInfo ? 3 : nil)
            return Frame().expanded(
                [row], bias: 0, hasDebugInfo: hasDebugInfo, isExecutable: true, callee: callee,
                rules: InAppRules(include: [], exclude: [])
            ).first
        }
        for callee in [nil, "$s4shop1gyyF"] {
            let shown = frame(callee: callee)
            #expect(shown?.function == "closure #1 in f()")
            #expect(shown?.rawFunction == "$s4shop1fyyFyyYacfU_TATQ0_")
            #expect(shown?.inApp == true)
            #expect(shown?.fields["vars"] == nil)
        }
        for hidden in [
            frame(callee: "$s4shop1fyyFyyYacfU_"), frame(callee: "$s4shop1fyyFyyYacfU_TY1_"),
            frame(callee: nil, hasDebugInfo: true),
        ] {
            #expect(hidden?.function == "partial apply for closure #1 in f()")
            #expect(hidden?.inApp == false)
            #expect(hidden?.fields["vars"]?.objectValue?["hidden"] == true)
        }
    }

    @Test func `which copy of a function it is, is a mark`() {
        func marks(_ name: String) -> JSONValue? {
            let frames = Frame().expanded(
                [SymbolRow(rawName: name)], bias: 0, hasDebugInfo: false, isExecutable: true,
                rules: InAppRules(include: [], exclude: []))
            return frames.first?.fields["vars"]
        }
        #expect(marks("$s4shop5priceyyxlFSi_Tg5") == ["specialized": true])
        #expect(marks("$s4shop1fyyFTm") == ["merged": true])
        #expect(marks("$s4shop5OrderVMa") == ["hidden": true])
        #expect(marks("$s4shop1fyyF") == nil)
    }

    @Test func `only the function that is really there is where the thread's stack begins`() throws {
        let workshop = try Workshop()
        let path = try workshop.build()
        var event = try crash(in: path, at: try functionAddresses(of: path, named: "local").map { Self.base + $0 })
        var frames = try #require(event.exceptions.last?.stacktrace?.frames)
        for index in frames.indices { frames[index].fields["stack_start"] = true }
        event.exceptions[0].stacktrace?.frames = frames
        let after = symbolicated(event).event.exceptions.last?.stacktrace?.frames ?? []
        #expect(after.contains { $0.fields["vars"] != nil })
        for frame in after where frame.function != nil {
            let isInlined = frame.fields["vars"]?.objectValue?["inlined"] != nil
            #expect((frame.fields["stack_start"] == nil) == isInlined)
        }
    }

    @Test func `a decision about the service's own code that was made before stays`() throws {
        let workshop = try Workshop()
        var event = try crash(in: try workshop.build())
        var frames = try #require(event.exceptions.last?.stacktrace?.frames)
        for index in frames.indices { frames[index].inApp = false }
        event.exceptions[0].stacktrace?.frames = frames
        let after = symbolicated(event).event.exceptions.last?.stacktrace?.frames ?? []
        #expect(after.allSatisfy { $0.inApp == false })
    }
}
