// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser
internal import FaultlineCollector
internal import FaultlineProtocol
internal import FaultlineSymbols
internal import Foundation

/// `faultline symbolicate`: reports out of a log, with names.
struct Symbolicate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads the crash reports in a log, and prints them with functions, files and lines.",
        discussion: """
            A process that crashes and can write no file prints its report as one line of standard error, when \
            Options.crashLineOnStandardError is set: 'faultline-crash: {…}'. Names come from the programs and libraries \
            at the places the report names, and from debug files found by their build id.
            """)

    @Argument(help: "The log; - reads standard input.")
    var log = "-"

    @Option(help: ArgumentHelp("Look for debug files there, too. May be given more than once.", valueName: "directory"))
    var debugFiles: [String] = []

    @Flag(help: "Print each event as JSON on one line.")
    var json = false

    func run() throws {
        let symbolicator = EventSymbolicator(options: SymbolicatorOptions(debugFileDirectories: debugFiles))
        var marked = 0, read = 0
        for line in try text().split(whereSeparator: \.isNewline) where line.contains(Event.crashLineMark) {
            marked += 1
            guard var event = Event(crashLine: line) else { continue }
            for note in symbolicator.symbolicate(&event).notes { standardError("note: \(note)") }
            if read > 0 && !json { print() }
            read += 1
            if json {
                print(String(decoding: event.serialized(), as: UTF8.self))
            } else {
                print(PrintedReport(event), terminator: "")
            }
        }
        if read < marked {
            standardError(
                "\(marked - read) of \(marked) reports are cut short; is the log split into lines of a fixed length?")
        }
        guard read > 0 else {
            standardError("\(name) holds no report: no line of it has '\(Event.crashLineMark){…}'")
            throw ExitCode.failure
        }
    }

    private var name: String { log == "-" ? "standard input" : log }

    private func text() throws -> String {
        let data: Data
        if log == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else {
            do {
                data = try Data(contentsOf: URL(filePath: log))
            } catch {
                standardError("\(log) cannot be read: \(error.localizedDescription)")
                throw ExitCode.failure
            }
        }
        return String(decoding: data, as: UTF8.self)
    }

    private func standardError(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
#endif
