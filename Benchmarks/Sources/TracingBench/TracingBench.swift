// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

struct TracingBench {
    let arguments: Arguments
    private let work: URL

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        work = arguments.directory.appending(path: "tracing-bench-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: false)
    }

    func run() throws {
        defer { try? FileManager.default.removeItem(at: work) }
        let machine = Machine(fileSystemOf: work)
        let spans = try measureSpans()
        let servers = try measureServers()
        print(machine.text(commit: arguments.commit, "black boxes", "Peer: sentry-python \(try peerVersion())."))
        print("\n### Targets\n")
        print((targets(spans) + targets(servers)).text)
        print("\n### One span\n")
        print(table(spans))
        print("\n### Requests\n")
        print(table(servers))
    }

    func directory(_ name: String) throws -> URL {
        let place = work.appending(path: name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return place
    }

    private func peerVersion() throws -> String {
        let asked = try Worker(
            URL(filePath: arguments.python), ["-c", "import sentry_sdk; print(sentry_sdk.VERSION)"])
        defer { asked.end() }
        return try asked.line()
    }
}
