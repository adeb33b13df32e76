// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser

/// `faultline-collector`: the subcommands of `faultline` that need a server and a database.
@main
struct CollectorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faultline", abstract: "Collects the reports of Swift services on this machine, and shows them.",
        subcommands: [Serve.self, Issues.self, Report.self])
}
#else
/// Without the trait nothing of the command is built.
@main
enum CollectorCommand {
    static func main() {
        print("faultline-collector needs the trait Tools: swift build --traits Tools")
    }
}
#endif
