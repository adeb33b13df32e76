// SPDX-License-Identifier: Apache-2.0
#if Tools
import FoundationEssentials
import Subprocess
import Synchronization

/// A directory of a test's own, and the processes started for it.
final class Workplace: Sendable {
    let directory: String
    private let children = Mutex<[Child]>([])

    private init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("faultline-e2e-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        directory = url.path
    }

    /// Runs `body` in a new workplace. Afterwards no process of it runs, and the directory is gone; when `body` throws,
    /// the error carries what the processes printed.
    static func run(_ body: (Workplace) async throws -> Void) async throws {
        let place = try Workplace()
        do {
            try await body(place)
        } catch {
            let story = await place.story()
            await place.clear()
            throw Failed(error: error, story: story)
        }
        await place.clear()
    }

    func start(
        _ name: String, _ executable: Executable, _ arguments: [String], environment: [String: String] = [:]
    ) -> Child {
        let child = Child(name: name, executable, arguments, environment: environment, directory: directory)
        children.withLock { $0.append(child) }
        return child
    }

    /// A directory below the workplace's, made with mode 0700.
    func folder(_ name: String) throws -> String {
        let path = directory + "/" + name
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return path
    }

    /// The names of all files below a folder, by their path from there.
    func files(below folder: String) -> [String] {
        let found = try? FileManager.default.subpathsOfDirectory(atPath: directory + "/" + folder)
        return (found ?? []).sorted()
    }

    private func clear() async {
        for child in children.withLock({ $0 }) { await child.discard() }
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func story() async -> String {
        var text = ""
        for child in children.withLock({ $0 }) {
            let end = await child.log.end.map { "\($0)" } ?? "running"
            text += "\n--- \(child.name) (\(end))\n" + (await child.log.lines).suffix(40).joined(separator: "\n")
        }
        return text
    }

    struct Failed: Error, CustomStringConvertible {
        let error: any Error
        let story: String

        var description: String { "\(error)\(story)" }
    }
}
#endif
