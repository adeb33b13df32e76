// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import Testing

extension EndToEnd {
    /// `faultline symbolicate`: each form of its input, of a death that really was.
    @Suite struct SymbolicateTests {
        private let fate = Fate("bad-pointer", SIGSEGV, "SIGSEGV", "SEGV_MAPERR at 0x10", in: "faults_write_to")

        // MARK: - Reports

        @Test func `a crash file has names and lines, and the threads that stand behind the envelope`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                let result = try await symbolicate(["--json", crash.file])
                #expect(result.status == .exited(0), "\(result.error)")
                let report = try Report(line: result.output)
                fate.expect(in: report)
                #expect(report.event.threads.count > crash.event.threads.count)
                #expect(report.names("faults_write_to", at: try crash.place))
            }
        }

        @Test func `an envelope, an event and a line of a log tell the same`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                let event = crash.event.serialized()
                let attachment = EnvelopeItem(type: "attachment", payload: Array("{}\n".utf8))
                let envelope = Envelope(
                    header: ["event_id": .string("\(try #require(crash.event.eventID))")],
                    items: [attachment, EnvelopeItem(type: "event", payload: event)])
                let text = String(decoding: event, as: UTF8.self)
                let forms = [
                    "envelope": String(decoding: envelope.serialized(), as: UTF8.self),
                    "event": text,
                    "log": "shop started\n2026-11-26T12:00:00Z stderr F faultline-crash: \(text)\nshop ended\n",
                ]
                for (form, input) in forms {
                    let result = try await symbolicate(["--json"], input)
                    #expect(result.status == .exited(0), "\(form): \(result.error)")
                    let report = try Report(line: result.output)
                    fate.expect(in: report)
                    #expect(report.event.eventID == crash.event.eventID, "\(form)")
                }
            }
        }

        @Test func `a report of a log goes on behind what only Unicode calls a line's end`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                let text = String(decoding: crash.event.serialized(), as: UTF8.self)
                let line = "faultline-crash: {\"note\":\"a\u{2028}b\u{85}c\"," + text.dropFirst()
                let result = try await symbolicate(["--json"], "shop started\r\n\(line)\r\nshop ended\r\n")
                #expect(result.status == .exited(0), "\(result.error)")
                fate.expect(in: try Report(line: result.output))
            }
        }

        @Test func `without --json a report is a page`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                let result = try await symbolicate([crash.file])
                #expect(result.output.contains("SEGV_MAPERR at 0x10"))
                #expect(result.output.contains("faults_write_to"))
                #expect(result.output.contains("faults.c:\(try crash.place.number)"))
            }
        }

        @Test func `an event that has its names already stays as it is`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                let once = try await symbolicate(["--json"], crash.event.serialized())
                let twice = try await symbolicate(["--json"], once.output)
                #expect(twice.output == once.output)
            }
        }

        @Test func `which frames are the service's own can be told`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                let result = try await symbolicate(
                    ["--json", "--in-app-exclude", "CrashLab"], crash.event.serialized())
                let frames = try Report(line: result.output).frames
                #expect(frames.contains { $0.function != nil })
                #expect(!frames.contains { $0.inApp == true })
            }
        }

        @Test func `a torn crash file, an envelope without an event and a cut line are said to be so`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                let text = String(decoding: try Laboratory.written(in: crash.file), as: UTF8.self)
                let inputs = [
                    (String(text.prefix(text.count / 4)), "torn"),
                    ("{}\n{\"type\":\"session\",\"length\":2}\n{}\n", "without an event, with session"),
                    (
                        "{\"event_id\":\"\(try #require(crash.event.eventID))\"}\n{\"type\":\"event\",\"length\":900}\n{",
                        "torn"
                    ),
                    ("faultline-crash: {\"event_id\":", "1 of 1 reports are cut short"),
                    ("shop started\n", "holds no report"),
                    ("two lines were\nadded\n\nin 2026\n", "holds no report"),
                    ("", "holds no report"),
                ]
                for (input, problem) in inputs {
                    let result = try await symbolicate(["--json"], input)
                    #expect(result.status == .exited(1))
                    #expect(result.output.isEmpty)
                    #expect(result.error.contains(problem), "\(result.error)")
                }
            }
        }

        // MARK: - Addresses

        @Test func `the address of a crash has its function and line`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                let address = try #require(try crash.addresses.last)
                let expected = try crash.place
                let json = try await symbolicate(["--image", Build.own.laboratory, "--json"], hex(address))
                #expect(json.status == .exited(0), "\(json.error)")
                let line = try #require(try json.lines.first)
                #expect(json.output == "\(json.output.prefix { $0 != "\n" })\n")
                #expect(line["address"]?.stringValue == hex(address))
                let frame = try #require(line["frames"]?.arrayValue?.first?.objectValue)
                #expect(frame.map(\.key) == ["function", "raw_function", "file", "line", "column", "inlined"])
                #expect(frame["function"] == "faults_write_to")
                #expect(frame["raw_function"] == "faults_write_to")
                #expect(frame["file"]?.stringValue == SourceLine.root + "/Examples/CFaults/faults.c")
                #expect(frame["line"]?.integerValue == Int64(expected.number))
                #expect(frame["inlined"] == false)
                let column = try #require(frame["column"]?.integerValue)

                // Without 0x, and as llvm-symbolizer prints it.
                let text = try await symbolicate(["--image", Build.own.laboratory], String(address, radix: 16))
                #expect(
                    text.output == """
                        faults_write_to
                        \(SourceLine.root)/Examples/CFaults/faults.c:\(expected.number):\(column)


                        """)
            }
        }

        @Test func `return addresses are looked up in the call before them, and printed as given`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                // The callers, of which the report says what recovery finds there.
                let addresses = Array(try crash.addresses.dropLast())
                let bias = try crash.bias
                let report = try Report(line: try await symbolicate(["--json"], crash.event.serialized()).output)
                let arguments = ["--image", Build.own.laboratory, "--json"]
                let corrected = try await symbolicate(arguments + ["--return-addresses"], lines(addresses))
                let answers = try corrected.lines
                #expect(answers.compactMap { $0["address"]?.stringValue } == addresses.map(hex))
                for (line, address) in zip(answers, addresses) {
                    let chain =
                        line["frames"]?.arrayValue?.compactMap { $0.objectValue?["function"]?.stringValue } ?? []
                    let expected = report.frames.filter {
                        $0.instructionAddress == address + bias && $0.function != nil
                    }
                    #expect(chain.reversed() == expected.compactMap(\.function), "\(hex(address))")
                }
                // The same as one byte earlier, without correction.
                let earlier = try await symbolicate(arguments, lines(addresses.map { $0 - 1 }))
                #expect(try earlier.lines.map { $0["frames"] } == answers.map { $0["frames"] })
            }
        }

        @Test func `each line has its answer, in order, whatever it holds`() async throws {
            let input = "0x0\nshop\n\nFFFFFFFFFFFFFFFF\n0x12345678123456789\r\n  0x10  \n0x"
            let result = try await symbolicate(["--image", Build.own.laboratory, "--json"], input)
            #expect(result.status == .exited(1))
            let answers = try result.lines
            #expect(
                answers.map { $0["address"]?.stringValue } == [
                    "0x0", "shop", "0xffffffffffffffff", "0x12345678123456789", "0x10", "0x",
                ])
            #expect(answers.allSatisfy { $0["frames"]?.arrayValue == [] })
            #expect(answers.map { $0["error"] != nil } == [false, true, false, true, false, true])
            for place in ["line 2: 'shop'", "line 5: '0x12345678123456789'", "line 7: '0x'"] {
                #expect(result.error.contains(place), "\(result.error)")
            }
        }

        @Test func `no addresses give no lines`() async throws {
            let result = try await symbolicate(["--image", Build.own.laboratory, "--json"], "")
            #expect(result == Result(status: .exited(0), output: "", error: ""))
        }

        @Test func `ten thousand addresses have ten thousand lines, in their order`() async throws {
            let addresses = (0..<10_000).map { UInt64($0 * 7919 % 10_000) * 16 }
            let result = try await symbolicate(
                ["--image", Build.own.laboratory, "--json"], lines(addresses))
            #expect(result.status == .exited(0), "\(result.error)")
            #expect(try result.lines.map { $0["address"]?.stringValue } == addresses.map(hex))
        }

        @Test func `lines may name many images, and one that is not there costs its own lines`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                let address = hex(try #require(try crash.addresses.last))
                let copy = place.directory + "/a copy"
                try FileManager.default.copyItem(atPath: Build.own.laboratory, toPath: copy)
                let input = [copy, place.directory + "/nothing", Build.own.laboratory, copy].map {
                    "\($0) \(address)\n"
                }
                let result = try await symbolicate(["--json"], input.joined())
                #expect(result.status == .exited(1))
                #expect(result.error.contains("/nothing: No such file or directory"))
                let functions = try result.lines.map { line in
                    line["frames"]?.arrayValue?.first?.objectValue?["function"]?.stringValue
                }
                #expect(functions == ["faults_write_to", nil, "faults_write_to", "faults_write_to"])
            }
        }

        @Test(arguments: [
            ("/nothing/shop", "No such file"), (#filePath, "not a 64-bit little-endian ELF file"),
            ("/tmp", "not a regular file"),
        ])
        func `an image that cannot be read is named, and costs its own lines`(
            image: String, problem: String
        ) async throws {
            let result = try await symbolicate(["--image", image, "--json"], "0x10\n\(Build.own.laboratory) 0x20\n")
            #expect(result.status == .exited(1))
            #expect(result.error.contains(image) && result.error.contains(problem), "\(result.error)")
            let answers = try result.lines
            #expect(answers.map { $0["address"] } == ["0x10", "0x20"])
            #expect(answers.map { $0["error"]?.stringValue?.contains(problem) } == [true, nil])
        }

        @Test func `addresses are known as such also behind a line that is none`() async throws {
            let result = try await symbolicate(["--json"], "shop\n\(Build.own.laboratory) 0x20\n")
            #expect(result.status == .exited(1))
            #expect(try result.lines.map { $0["error"] != nil } == [true, false])
        }

        @Test func `what a terminal would obey is shown instead`() async throws {
            let result = try await symbolicate(["--image", "/nothing/\u{1b}[2J", "--json"], "\u{1b}[31mred\n")
            #expect(result.error.contains(#"/nothing/\u{1b}[2J: No such file"#), "\(result.error)")
            #expect(result.error.contains(#"line 1: '\u{1b}[31mred'"#))
            #expect(!(result.output + result.error).contains("\u{1b}"))
        }

        @Test func `the command line may be written in every way that ArgumentParser reads`() async throws {
            let image = Build.own.laboratory
            let plain = try await symbolicate(["--image", image, "--json"], "10\n")
            #expect(try await symbolicate(["--image=\(image)", "--json"], "10\n") == plain)
            #expect(try await symbolicate(["--image", image, "--nothing"], "10\n").status == .exited(64))
            #expect(try await symbolicate(["--image"], "10\n").status == .exited(64))
            #expect(try await symbolicate(["one", "two"], "10\n").status == .exited(64))
            #expect(try await symbolicate(["--help"]).output.contains("--return-addresses"))
        }

        @Test func `an address without an image is told what to do`() async throws {
            let result = try await symbolicate([], "0x10\n")
            #expect(result.status == .exited(1))
            #expect(result.error.contains("line 1: '0x10' has no image"))
            #expect(result.error.contains("--image"))
        }

        @Test func `an input without end is refused`() async throws {
            let result = try await symbolicate(["/dev/zero"])
            #expect(result.status == .exited(1))
            #expect(result.error == "/dev/zero cannot be read: it is longer than 1 GiB; give a part of it\n")
        }

        @Test func `output that cannot be written is said, and status 1`() async throws {
            try await Workplace.run { place in
                let crash = try await Crash(fate.kind, in: place)
                for (arguments, input) in [(["--image", Build.own.laboratory], "0x10\n"), ([crash.file], "")] {
                    let full = try FileDescriptor.open("/dev/full", .writeOnly)
                    let result = try await run(
                        .at(Build.own.directory + "/faultline"), arguments: Arguments(["symbolicate"] + arguments),
                        input: .string(input), output: .fileDescriptor(full, closeAfterSpawningProcess: true),
                        error: .string(limit: 1 << 20))
                    #expect(result.terminationStatus == .exited(1))
                    #expect(result.standardError == "standard output cannot be written: No space left on device\n")
                }
            }
        }

        @Test func `statistics are one line of standard error`() async throws {
            let result = try await symbolicate(["--image", Build.own.laboratory, "--json", "--statistics"], "10\n")
            let names = result.error.split(whereSeparator: \.isWhitespace).map { $0.prefix { $0 != "=" } }
            #expect(names == ["images", "addresses", "open_ms", "look_up_ms", "print_ms"])
            #expect(result.error.hasSuffix("\n") && result.error.count { $0 == "\n" } == 1)
        }
    }
}

// MARK: - The command

private struct Result: Equatable {
    let status: TerminationStatus
    let output: String
    let error: String

    var lines: [Fields] {
        get throws {
            try output.split(separator: "\n").map { try JSONValue(parsing: $0.utf8).objectValue ?? [:] }
        }
    }
}

private func symbolicate(_ arguments: [String], _ input: String = "") async throws -> Result {
    let result = try await run(
        .at(Build.own.directory + "/faultline"), arguments: Arguments(["symbolicate"] + arguments),
        input: .string(input), output: .string(limit: 32 << 20), error: .string(limit: 1 << 20))
    return Result(
        status: result.terminationStatus, output: result.standardOutput, error: result.standardError)
}

private func symbolicate(_ arguments: [String], _ input: [UInt8]) async throws -> Result {
    try await symbolicate(arguments, String(decoding: input, as: UTF8.self))
}

private func hex(_ address: UInt64) -> String { "0x" + String(address, radix: 16) }

/// As the command reads them.
private func lines(_ addresses: [UInt64]) -> String { addresses.map { hex($0) + "\n" }.joined() }

// MARK: - A death

/// What a run of CrashLab left, before anybody looked for names.
private struct Crash {
    let file: String
    let event: Event

    init(_ kind: String, in place: Workplace) async throws {
        let laboratory = try Laboratory(in: place)
        _ = try await laboratory.victim(kind).end()
        file = try #require(laboratory.files("/crash.envelope").first)
        // The file's own line, the envelope's header, the item's.
        let lines = try Laboratory.written(in: file).split(separator: UInt8(ascii: "\n"), maxSplits: 4)
        event = Event(fields: try #require(try JSONValue(parsing: lines[3]).objectValue))
    }

    /// Where the pointer is written through.
    var place: SourceLine {
        get throws { try SourceLine(of: "address = 42", in: "Examples/CFaults/faults.c") }
    }

    private var image: DebugImage {
        get throws { try #require(event.debugImages.first { $0.codeFile == Build.own.laboratory }) }
    }

    /// What the loader added.
    var bias: UInt64 {
        get throws { try #require(image.addresses).lowerBound - (image.imageVMAddress ?? 0) }
    }

    /// Of the crashed stack in the program, as linked, callers first.
    var addresses: [UInt64] {
        get throws {
            let range = try #require(image.addresses)
            let frames = event.exceptions.last?.stacktrace?.frames ?? []
            return try frames.compactMap(\.instructionAddress).filter { range.contains($0) }.map { $0 - (try bias) }
        }
    }
}
#endif
