// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser
internal import FaultlineCollector
internal import FaultlineProtocol
internal import FaultlineSymbols

/// `faultline symbolicate`: functions, files and lines for addresses, and for reports out of a log.
struct Symbolicate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads the crash reports in a log, and prints them with functions, files and lines.",
        discussion: """
            A process that crashes and can write no file prints its report as one line of standard error, when \
            Options.crashLineOnStandardError is set: 'faultline-crash: {…}'. Names come from the programs and libraries \
            at the places the report names, and from debug files found by their build id.

            With --image, it reads addresses: as linked, in hexadecimal, one a line.
            """)

    @Argument(help: "What to read; - is standard input.")
    var input = "-"

    @Option(help: ArgumentHelp("Read addresses in this ELF file.", valueName: "file"))
    var image: String?

    @Flag(help: "The addresses are return addresses: look up the call before each.")
    var returnAddresses = false

    @Option(help: ArgumentHelp("Look for debug files there, too. May be given more than once.", valueName: "directory"))
    var debugFiles: [String] = []

    @Option(
        help: ArgumentHelp(
            "Keep an index of each image there, so that the next look-up is faster; made when it is not there.",
            valueName: "directory"))
    var index: String?

    @Flag(help: "Print JSON: an object on one line for each address or event.")
    var json = false

    @Flag(help: "Say on standard error how long opening and looking up took.")
    var statistics = false

    func run() throws {
        if let image {
            try printChains(in: image)
        } else {
            try printReports()
        }
    }

    var options: SymbolicatorOptions { SymbolicatorOptions(debugFileDirectories: debugFiles, indexDirectory: index) }

    private func printReports() throws {
        let symbolicator = EventSymbolicator(options: options)
        let text = String(decoding: try read(), as: UTF8.self)
        var marked = 0, read = 0
        for line in text.split(whereSeparator: \.isNewline) where line.contains(Event.crashLineMark) {
            marked += 1
            guard var event = Event(crashLine: line) else { continue }
            for note in symbolicator.symbolicate(&event).notes { StandardStreams.error("note: \(note)") }
            if read > 0 && !json { print() }
            read += 1
            if json {
                print(String(decoding: event.serialized(), as: UTF8.self))
            } else {
                print(PrintedReport(event), terminator: "")
            }
        }
        if read < marked {
            StandardStreams.error(
                "\(marked - read) of \(marked) reports are cut short; is the log split into lines of a fixed length?")
        }
        guard read > 0 else {
            StandardStreams.error("\(name) holds no report: no line of it has '\(Event.crashLineMark){…}'")
            throw ExitCode.failure
        }
    }

    var name: String { input == "-" ? "standard input" : input }

    func read() throws -> [UInt8] {
        do {
            return try StandardStreams.contents(of: input)
        } catch {
            StandardStreams.error("\(name) cannot be read: \(error)")
            throw ExitCode.failure
        }
    }
}
#endif
