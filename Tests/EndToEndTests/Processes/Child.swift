// SPDX-License-Identifier: Apache-2.0
#if Tools
import Glibc
import Subprocess
import SystemPackage

/// A process that runs while the test goes on; standard output and standard error are one log.
final class Child: Sendable {
    let name: String
    let log = ProcessLog()
    private let running: Task<Void, Never>

    init(
        name: String, _ executable: Executable, _ arguments: [String], environment: [String: String] = [:],
        directory: String? = nil
    ) {
        self.name = name
        let changes = Dictionary(
            uniqueKeysWithValues: environment.map { (Environment.Key(rawValue: $0.key)!, Optional($0.value)) })
        running = Task { [log] in
            do {
                let result = try await run(
                    executable, arguments: Arguments(arguments), environment: .inherit.updating(changes),
                    workingDirectory: directory.map { FilePath($0) }, input: .none, output: .sequence,
                    error: .combinedWithOutput
                ) { execution in
                    await log.started(execution.processIdentifier)
                    // A recovered event is one line.
                    let lines = execution.standardOutput.strings(bufferingPolicy: .maxLineLength(8 << 20))
                    for try await line in lines { await log.append(line) }
                }
                await log.ended(result.terminationStatus)
            } catch {
                await log.failed(error)
            }
        }
    }

    /// The first line that contains `text`, past ones included.
    func line(containing text: String, within limit: Duration = .seconds(20)) async throws -> String {
        let line = try await within(limit, "a line of \(name) with '\(text)'") { [log] in
            await log.line { $0.contains(text) }
        }
        guard let line else { throw ChildEnded(name: name, awaited: text, log: await log.lines) }
        return line
    }

    /// How the process ended.
    func end(within limit: Duration = .seconds(30)) async throws -> TerminationStatus {
        let status = try await within(limit, "the end of \(name)") { [log] in await log.whenEnded() }
        guard let status else { throw ChildEnded(name: name, awaited: "its start", log: await log.lines) }
        return status
    }

    func signal(_ number: Int32) async {
        guard await log.end == nil, let process = await log.whenStarted() else { return }
        kill(process.value, number)
    }

    /// Ends the process, when it has not ended yet, and waits for that.
    func stop(_ number: Int32 = SIGTERM) async throws -> TerminationStatus {
        await signal(number)
        return try await end()
    }

    /// For the last: kills without asking.
    func discard() async {
        await signal(SIGKILL)
        _ = await log.whenEnded()
        running.cancel()
    }
}

extension Executable {
    static func at(_ path: String) -> Executable { .path(FilePath(path)) }
}

/// A process ended before it said what was waited for.
struct ChildEnded: Error, CustomStringConvertible {
    let name: String
    let awaited: String
    let log: [String]

    var description: String {
        "\(name) ended without '\(awaited)'; its last lines:\n\(log.suffix(15).joined(separator: "\n"))"
    }
}
#endif
