// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Foundation
import Testing

@testable import FaultlineSymbols

@Suite(.enabled(if: Toolchain.directory != nil, "no clang and swiftc in one directory of PATH"))
struct SourceContextTests {
    private static let base: UInt64 = 0x5555_0000_0000

    /// A program made of a copy of `Fixtures/inlines.c`.
    private struct Program {
        let workshop: Workshop
        let source: String
        let path: String

        /// - Parameter first: a line before all others.
        init(first: String = "") throws {
            workshop = try Workshop()
            source = workshop.path("inlines.c")
            let text = try String(contentsOfFile: Workshop.fixture("inlines.c"), encoding: .utf8)
            try (first + text).write(toFile: source, atomically: true, encoding: .utf8)
            path = try workshop.build("program", source: source)
        }

        /// - Parameter step: of all addresses in it.
        /// - Parameter link: the image's path, where it is not the program's.
        func frames(
            _ options: SymbolicatorOptions = SymbolicatorOptions(), step: Int = 16, link: String? = nil,
            _ change: (inout Frame) -> Void = { _ in }
        ) throws -> [Frame] {
            var event = Event()
            var image = DebugImage()
            image.type = "elf"
            image.imageAddress = SourceContextTests.base
            image.imageSize = 0x10_0000
            image.imageVMAddress = 0
            image.codeFile = link ?? path
            image.codeID = try DebugFile.hexadecimal(buildID(of: path))
            event.debugImages = [image]
            var stacktrace = Stacktrace()
            let addresses = try functionAddresses(of: path)
            stacktrace.frames = stride(from: 0, to: addresses.count, by: step).map { index in
                var frame = Frame()
                frame.instructionAddress = SourceContextTests.base + addresses[index]
                change(&frame)
                return frame
            }
            event.exceptions = [ExceptionValue(fields: ["stacktrace": .object(stacktrace.fields)])]
            _ = EventSymbolicator(options: options).symbolicate(&event)
            return event.exceptions.last?.stacktrace?.frames ?? []
        }
    }

    @Test func `a frame has its line, and five on each side`() throws {
        let program = try Program()
        let lines = try String(contentsOfFile: program.source, encoding: .utf8).components(separatedBy: "\n")
        let frames = try program.frames().filter { $0.lineno != nil }
        #expect(frames.contains { $0.contextLine?.contains("value ^= value >> 33;") == true })
        for frame in frames where frame.absPath?.hasSuffix("/inlines.c") == true {
            let index = try #require(frame.lineno) - 1
            #expect(frame.contextLine == lines[index])
            #expect(frame.preContext == Array(lines[max(0, index - 5)..<index]))
            #expect(frame.postContext == Array(lines[(index + 1)..<min(lines.count, index + 6)]))
        }
    }

    @Test func `a source that was written after the program is left out`() throws {
        let program = try Program()
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: 60)], ofItemAtPath: program.source)
        #expect(try !hasContext(program))
    }

    /// The image's date counts, not that of a link to it.
    @Test func `a source that was written after the program is left out where a link leads to the program`() throws {
        let program = try Program()
        let link = program.workshop.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: program.path)
        #expect(try program.frames(link: link).contains { $0.contextLine != nil })
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: program.path)
        let frames = try program.frames(link: link)
        #expect(frames.contains { $0.lineno != nil })
        #expect(frames.allSatisfy { $0.contextLine == nil })
    }

    /// `-2^63` where the file system keeps it.
    @Test func `a source of no possible age has its lines`() throws {
        let program = try Program()
        try #require(setModified(program.source, .min))
        #expect(try hasContext(program))
    }

    @Test(arguments: [nil, "elsewhere()"])
    func `a place that the event says itself is not read`(_ function: String?) throws {
        let program = try Program()
        let other = program.workshop.path("other.c")
        try String(repeating: "secret\n", count: 100).write(toFile: other, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: other)
        let frames = try program.frames(step: 1) {
            $0.function = function
            $0.platform = "other"
            $0.absPath = other
            $0.lineno = 3
        }
        #expect(frames.contains { $0.lineno != nil })
        #expect(frames.allSatisfy { $0.contextLine == nil })
    }

    @Test func `the option leaves all of it out`() throws {
        #expect(try !hasContext(try Program(), SymbolicatorOptions(includeSourceContext: false)))
    }

    @Test func `a source that is gone, or no file, is left out and waited for by nobody`() throws {
        let program = try Program()
        try FileManager.default.removeItem(atPath: program.source)
        #expect(try !hasContext(program))
        try #require(mkfifo(program.source, 0o600) == 0)
        #expect(try !hasContext(program))
        try FileManager.default.removeItem(atPath: program.source)
        try FileManager.default.createDirectory(atPath: program.source, withIntermediateDirectories: false)
        #expect(try !hasContext(program))
    }

    /// The debug information says which files are read, and may come from anywhere.
    @Test(arguments: ["inc", "conf", "c.pem"])
    func `a file that is no source is not read`(_ ending: String) throws {
        let workshop = try Workshop()
        let path = workshop.path("a.\(ending)")
        try String(repeating: "secret\n", count: 100).write(toFile: path, atomically: true, encoding: .utf8)
        let program = try Program(first: "#line 1 \"\(path)\"\n")
        let frames = try program.frames()
        #expect(frames.contains { $0.absPath == path && $0.lineno != nil })
        #expect(frames.allSatisfy { $0.contextLine == nil })
    }

    @Test func `an event gets so much and no more`() throws {
        let program = try Program()
        // Longer lines, under the same numbers.
        let date = try FileManager.default.attributesOfItem(atPath: program.source)[.modificationDate]
        let lines = (1...60).map { "line \($0) " + String(repeating: "x", count: 2000) }.joined(separator: "\n")
        try lines.write(toFile: program.source, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.modificationDate: try #require(date)], ofItemAtPath: program.source)
        let frames = try program.frames(step: 1)
        let some = frames.filter { $0.contextLine != nil }
        let size = some.reduce(0) { $0 + $1.serialized().count }
        #expect(!some.isEmpty)
        #expect(some.count < frames.count)
        #expect(size < 2 * SourceContext.longestText)
        #expect(some.allSatisfy { $0.contextLine?.count == SourceContext.longestLine })
    }

    @Test func `lines are cut, repaired, and end where the file does`() throws {
        let workshop = try Workshop()
        let path = workshop.path("a.swift")
        var bytes = Array("first\r\n".utf8) + [0xff, UInt8(ascii: "b"), UInt8(ascii: "\n")]
        bytes += Array(String(repeating: "ü", count: 2000).utf8)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let found = try #require(SourceContext.read(path, [1, 2, 3, 4, 0, -1, .max])).lines
        #expect(found.keys.sorted() == [1, 2, 3])
        let long = String(repeating: "ü", count: SourceContext.longestLine - 1) + "…"
        #expect(found[1] == SourceContext.Lines(before: [], line: "first", after: ["\u{fffd}b", long]))
        #expect(found[3] == SourceContext.Lines(before: ["first", "\u{fffd}b"], line: long, after: []))
    }

    private func hasContext(_ program: Program, _ options: SymbolicatorOptions = SymbolicatorOptions()) throws -> Bool {
        let frames = try program.frames(options)
        #expect(frames.contains { $0.lineno != nil })
        return frames.contains { $0.contextLine != nil || $0.preContext != nil || $0.postContext != nil }
    }
}
