// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// A process that answers each line by a line.
package final class Worker {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var unread = Data()
    private let name: String

    package init(_ executable: URL, _ arguments: [String]) throws {
        name = ([executable.lastPathComponent] + arguments).joined(separator: " ")
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// The next line that it writes.
    package func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread = Data(unread[(end + 1)...]) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw BenchError("\(name) ended without an answer") }
            unread.append(more)
        }
    }

    package func ask(_ line: String) throws -> String {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        return try self.line()
    }

    /// By SIGTERM; what it writes then.
    package func terminate() throws -> String {
        process.terminate()
        return try line()
    }

    package func end() {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    /// The numbers of its one line.
    package static func numbers(_ executable: URL, _ arguments: [String]) throws -> [Double] {
        let worker = try Worker(executable, arguments)
        defer { worker.end() }
        return try worker.line().split(separator: " ").compactMap { Double($0) }
    }
}

/// - Parameter python: an interpreter that finds `sentry_sdk`.
package func sentryPythonVersion(_ python: String) throws -> String {
    let asked = try Worker(URL(filePath: python), ["-c", "import sentry_sdk; print(sentry_sdk.VERSION)"])
    defer { asked.end() }
    return try asked.line()
}
