// SPDX-License-Identifier: Apache-2.0
#if Tools
internal import ArgumentParser
internal import FaultlineCollector

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// `faultline serve`: the collector, until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes reports over HTTP on 127.0.0.1 and keeps them, until SIGTERM or SIGINT.",
        discussion: "When it is ready it prints two lines: where it listens, and the DSN for services.")

    @Option(help: "The port on 127.0.0.1; 0 takes one that is free.")
    var port = 8765

    @OptionGroup var data: DataOption

    func validate() throws {
        guard (0...65535).contains(port) else {
            throw ValidationError("port: \(port) is not a port; give 1 to 65535, or 0 for one that is free")
        }
    }

    func run() async throws {
        let collector = Collector(store: try Store(directory: data.directory))
        try await collector.run(port: port) { port in
            print("listening on http://127.0.0.1:\(port)")
            print("DSN \(collector.dsn(port: port))")
            // Into a pipe or a file too: whoever started this waits for the lines.
            fflush(nil)
        }
    }
}
#endif
