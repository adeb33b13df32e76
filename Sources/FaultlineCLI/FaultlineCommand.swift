// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser
internal import Dispatch

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// `faultline`: what people do with reports on their own machine.
struct FaultlineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faultline",
        abstract: "Collects the reports of Swift services on this machine, shows them, and finds names for addresses.",
        subcommands: [Serve.self, Issues.self, Report.self, Symbolicate.self])
}

@main
enum FaultlineProcess {
    /// Not async: the look-up of a stack takes no longer than the start of what async functions run on.
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "symbolicate", let work = Symbolication(plain: arguments.dropFirst()) {
            exit(work.run() ? EXIT_SUCCESS : EXIT_FAILURE)
        }
        Task {
            await FaultlineCommand.main()
            exit(EXIT_SUCCESS)
        }
        dispatchMain()
    }
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
