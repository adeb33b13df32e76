// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser
internal import FaultlineSymbols

/// `faultline symbolicate`: functions, files and lines for addresses, and for reports that have only those.
struct Symbolicate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the functions, files and lines of addresses, or of reports that have only addresses.",
        discussion: """
            The input is known by its content:

              - a crash file or envelope (crash.envelope, report-…, a file of outbox/), or the JSON of an event;
              - a log with reports in it: a process that crashes and can write no file prints one as a line of \
            standard error, 'faultline-crash: {…}', when Options.crashLineOnStandardError is set;
              - addresses as linked, in hexadecimal, one a line, each behind its file: '/srv/shop 0x4a10'. With \
            --image the file and 0x may be left out.

            For each report it prints what is known of the crash. For each address, in order, it prints the chain of \
            functions there, the innermost inlined one first, as the debug information has it: nothing is hidden, and \
            what the compiler made has line 0.

            Names come from the files at the places that are named, and from debug files found by their build id, or \
            by the link to them in the file.
            """)

    @Argument(help: "What to read; - is standard input.")
    var input = "-"

    @Option(
        help: ArgumentHelp("Read addresses, and look in this ELF file for those without a file.", valueName: "file"))
    var image: String?

    @Flag(help: "Of addresses: they are return addresses; look up the call before each.")
    var returnAddresses = false

    @Option(help: ArgumentHelp("Look for debug files there, too. May be given more than once.", valueName: "directory"))
    var debugFiles: [String] = []

    @Option(
        help: ArgumentHelp(
            "Keep an index of each image there, so that the next look-up is faster; made when it is not there.",
            valueName: "directory"))
    var index: String?

    @Option(
        help: ArgumentHelp(
            "Of reports: frames of this module or file are the service's own. May be given more than once.",
            valueName: "name"))
    var inAppInclude: [String] = []

    @Option(
        help: ArgumentHelp(
            "Of reports: frames of this module or file are not. May be given more than once.", valueName: "name"))
    var inAppExclude: [String] = []

    @Flag(help: "Print JSON, an object on one line for each address or event.")
    var json = false

    @Flag(help: "Of addresses: say on standard error how long it took.")
    var statistics = false

    func run() throws {
        let work = Symbolication(
            input: input, image: image, returnAddresses: returnAddresses, json: json, statistics: statistics,
            options: SymbolicatorOptions(
                debugFileDirectories: debugFiles, indexDirectory: index, inAppInclude: inAppInclude,
                inAppExclude: inAppExclude))
        guard work.run() else { throw ExitCode.failure }
    }
}
#endif
