// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// `faultline`: what people do with reports on their own machine.
///
/// It runs beside services, so it is small: what needs a server and a database is a program of its own, which lies beside
/// it and takes the process over.
struct FaultlineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faultline",
        abstract: "Collects the reports of Swift services on this machine, shows them, and finds names for addresses.",
        subcommands: [Serve.self, Issues.self, Report.self, Symbolicate.self])
}

@main
enum FaultlineProgram {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "symbolicate", let work = Symbolication(plain: arguments.dropFirst()) {
            exit(work.run() ? EXIT_SUCCESS : EXIT_FAILURE)
        }
        if CollectorProgram.isMeant(by: arguments) { CollectorProgram.takeOver(with: arguments) }
        FaultlineCommand.main()
    }
}
#else
/// Without the trait nothing of the command is built.
@main
enum FaultlineCommand {
    static func main() {
        print("faultline needs the trait Tools: swift build --traits Tools")
    }
}
#endif
