// SPDX-License-Identifier: Apache-2.0

import BenchSupport

struct TracingBench {
    let arguments: Arguments
    let work: Workplace

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        work = try Workplace(below: arguments.directory, name: "tracing-bench")
    }

    func run() throws {
        defer { work.remove() }
        let machine = Machine(fileSystemOf: work.directory)
        let spans = try measureSpans()
        let servers = try measureServers()
        print(
            machine.text(
                commit: arguments.commit, "black boxes",
                "Peer: sentry-python \(try sentryPythonVersion(arguments.python))."))
        print("\n### Targets\n")
        print((targets(spans) + targets(servers)).text)
        print("\n### One span, one request\n")
        print(table(spans))
        print("\n### Requests\n")
        print(table(servers))
    }
}
