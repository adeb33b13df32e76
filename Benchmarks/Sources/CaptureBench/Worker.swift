// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// A process that answers each line by a line.
final class Worker {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var unread = Data()
    private let name: String

    init(_ executable: URL, _ arguments: [String]) throws {
        name = ([executable.lastPathComponent] + arguments).joined(separator: " ")
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// The next line that it writes.
    func line() throws -> String {
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

    func ask(_ line: String) throws -> String {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        return try self.line()
    }

    /// By SIGTERM; what it writes then.
    func terminate() throws -> String {
        process.terminate()
        return try line()
    }

    func end() {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    /// The numbers of its one line.
    static func numbers(_ executable: URL, _ arguments: [String]) throws -> [Double] {
        let worker = try Worker(executable, arguments)
        defer { worker.end() }
        return try worker.line().split(separator: " ").compactMap { Double($0) }
    }
}
