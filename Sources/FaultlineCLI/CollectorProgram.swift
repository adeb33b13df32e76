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

/// `faultline-collector`, which lies beside this program.
enum CollectorProgram {
    private static let subcommands: Set = ["serve", "issues", "report"]

    /// Whether the first word is one of its subcommands; after `help`, the second.
    static func isMeant(by arguments: ArraySlice<String>) -> Bool {
        let words = arguments.first == "help" ? arguments.dropFirst() : arguments
        return words.first.map { subcommands.contains($0) } ?? false
    }

    /// Becomes that program: the same process, the same arguments.
    static func takeOver(with arguments: ArraySlice<String>) -> Never {
        let path = directory + "/faultline-collector"
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        execv(path, words)
        StandardStreams.error(
            "\(path) cannot be run: \(String(cString: strerror(errno))); it belongs beside faultline: swift build --traits Tools makes both"
        )
        exit(EXIT_FAILURE)
    }

    private static var directory: String {
        let link = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { bytes, count in
            count = bytes.withMemoryRebound(to: CChar.self) { path in
                path.baseAddress.map { max(0, readlink("/proc/self/exe", $0, path.count)) } ?? 0
            }
        }
        let path = link.isEmpty ? CommandLine.arguments[0] : String(decoding: link, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}

// Named here so that `faultline --help` lists them; what they do and take, that program says.

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes reports over HTTP on 127.0.0.1 and keeps them, until SIGTERM or SIGINT.")
}

struct Issues: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the issues, the newest first.")
}

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints a report: the reason, the stack, and what happened before.")
}
#endif
