// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser
internal import FaultlineCollector

/// `faultline report`: one event, whole.
struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints a report: the reason, the stack, and what happened before.")

    @Argument(help: "The first digits of the event's id; without it, the event that came last.")
    var id: String?

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("Wait so long for the report when it is not there yet.", valueName: "seconds"))
    var wait = 0

    @Flag(help: "Print the event as JSON on one line.")
    var json = false

    func validate() throws {
        // A year; more cannot be meant, and would overflow somewhere.
        guard (0...31_536_000).contains(wait) else {
            throw ValidationError("wait: \(wait) is not a number of seconds to wait; give 0 to 31536000")
        }
    }

    func run() async throws {
        let report = try await StoredReports.waited(for: id, in: data.directory, upTo: .seconds(wait))
        if json {
            print(report.json)
        } else {
            print(report.printed, terminator: "")
        }
    }
}
#endif
