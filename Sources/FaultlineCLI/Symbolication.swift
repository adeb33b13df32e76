// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import FaultlineProtocol
internal import FaultlineReports
internal import FaultlineSymbols

/// What `faultline symbolicate` does.
struct Symbolication {
    /// - is standard input.
    var input = "-"
    var image: String?
    var returnAddresses = false
    var json = false
    var statistics = false
    var options = SymbolicatorOptions()

    /// false: something could not be answered, and standard error says what.
    func run() -> Bool {
        let text: [UInt8]
        do throws(StandardStreams.Failure) {
            text = try StandardStreams.contents(of: input)
        } catch {
            StandardStreams.error("\(name) cannot be read: \(error)")
            return false
        }
        if let image { return printChains(AddressLines(text, image: image)) }
        if let reports = ReportsInText(text) { return print(reports) }
        if AddressLines.seemsOne(text) { return printChains(AddressLines(text, image: nil)) }
        StandardStreams.error(
            """
            \(name) holds no report, and no addresses: give a crash file, an envelope, an event, a log with lines of \
            '\(Event.crashLineMark){…}', or lines of a file and an address, '/srv/shop 0x4a10'
            """)
        return false
    }

    var name: String { input == "-" ? "standard input" : input }

    private func print(_ reports: ReportsInText) -> Bool {
        let symbolicator = EventSymbolicator(options: options)
        var output = BufferedOutput()
        for (index, event) in reports.events.enumerated() where !output.isBroken {
            var event = event
            for note in symbolicator.symbolicate(&event).notes { StandardStreams.error("note: \(note)") }
            if json {
                output.append(event.serialized() + [UInt8(ascii: "\n")])
            } else {
                output.append(Array(((index > 0 ? "\n" : "") + "\(PrintedReport(event))").utf8))
            }
            output.flush()
        }
        if let problem = reports.problem { StandardStreams.error("\(name): \(problem)") }
        return output.finish() && !reports.events.isEmpty
    }
}

extension Symbolication {
    /// The command line behind `symbolicate`, where it holds nothing but values and the options that scripts give for
    /// addresses. ArgumentParser takes as long to start as a stack takes to be looked up; nil leaves the rest to it:
    /// help, mistakes, other options, other ways to write them.
    init?(plain arguments: ArraySlice<String>) {
        var rest = arguments
        var inputs: [String] = []
        func value() -> String? { rest.popFirst().flatMap { $0.hasPrefix("-") ? nil : $0 } }
        while let argument = rest.popFirst() {
            switch argument {
            case "--image":
                guard image == nil, let value = value() else { return nil }
                image = value
            case "--debug-files":
                guard let value = value() else { return nil }
                options.debugFileDirectories.append(value)
            case "--index":
                guard options.indexDirectory == nil, let value = value() else { return nil }
                options.indexDirectory = value
            case "--return-addresses": returnAddresses = true
            case "--json": json = true
            case "--statistics": statistics = true
            case "-": inputs.append(argument)
            default:
                if argument.hasPrefix("-") { return nil }
                inputs.append(argument)
            }
        }
        if inputs.count > 1 { return nil }
        if let first = inputs.first { input = first }
    }
}
#endif
