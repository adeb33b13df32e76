// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser

/// `faultline`: what people do with reports on their own machine.
@main
struct FaultlineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faultline",
        abstract: "Collects the reports of Swift services on this machine, and shows them.",
        subcommands: [Serve.self, Issues.self, Report.self, Symbolicate.self])
}
#else
/// Without the trait nothing of the command is built.
@main
enum FaultlineCommand {
    static func main() {
        print("faultline needs the trait Tools: swift run --traits Tools faultline")
    }
}
#endif
