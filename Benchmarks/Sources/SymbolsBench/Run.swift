// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// One process, from fork to wait.
struct Run {
    let milliseconds: Double
    /// MiB.
    let peak: Double
    let errors: String

    /// - Throws: when it did not end with status 0.
    init(_ commandLine: [String], input: URL, output: URL, stopwatch: URL) throws {
        let errors = output.appendingPathExtension("errors")
        let process = Process()
        process.executableURL = stopwatch
        process.arguments = [input.path, output.path, errors.path] + commandLine
        // llvm-symbolizer would ask the network, and that is no part of it.
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "DEBUGINFOD_URLS" }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        self.errors = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard process.terminationStatus == 0, numbers.count == 3, numbers[2] == 0 else {
            throw BenchError("\(commandLine.joined(separator: " ")) failed: \(self.errors.prefix(500))")
        }
        milliseconds = numbers[0] / 1_000_000
        peak = numbers[1] / 1024
    }

    /// Of `faultline symbolicate --statistics`: opening and looking up, without the start of the process and printing.
    var inProcess: Double? {
        let parts = ["open_ms=", "look_up_ms="].compactMap { key in
            errors.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix(key) }
                .flatMap { Double($0.dropFirst(key.count)) }
        }
        return parts.count == 2 ? parts[0] + parts[1] : nil
    }
}
