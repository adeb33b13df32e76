// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

struct CaptureBench {
    let arguments: Arguments
    let work: Workplace

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        work = try Workplace(below: arguments.directory, name: "capture-bench")
    }

    func run() throws {
        defer { work.remove() }
        let machine = Machine(fileSystemOf: work.directory)
        let operations = try measureOperations()
        let drops = try measureDrops()
        let latencies = try measureLatencies()
        let loads = try measureLoads()
        let bare = try measureBareLoad()
        print(
            machine.text(
                commit: arguments.commit, "black boxes",
                "Peer: sentry-python \(try sentryPythonVersion(arguments.python))."))
        print("\n### Targets\n")
        print((targets(operations) + targets(drops) + targets(loads)).text)
        print("\n### One call\n")
        print(table(operations))
        print("\n### addBreadcrumb, call by call\n")
        print(table(latencies))
        print("\n### Load over HTTP\n")
        print(table(loads, beside: bare))
    }

    // MARK: - Telling

    private func targets(_ operations: [Operation: Figures]) -> [Target] {
        Operation.all.flatMap { operation -> [Target] in
            guard let limit = operation.limit, let figures = operations[operation] else { return [] }
            return [
                Target(
                    figure: operation.title, limit: "<= \(Self.time(limit))", measured: Self.time(figures.own.median),
                    isMet: figures.own.median <= limit),
                Target(
                    figure: "\(operation.title): each of two threads", limit: "<= 1.33 times as long",
                    measured: figures.slowdown.text, isMet: figures.slowdown.median <= 4.0 / 3),
            ]
        }
    }

    private func table(_ operations: [Operation: Figures]) -> String {
        var table = Table([
            "operation", "rounds", "Faultline, ns", "each of two threads, ns", "two by one", "sentry-python, ns",
            "times as long",
        ])
        for operation in Operation.all {
            guard let figures = operations[operation] else { continue }
            table.add([
                operation.title, "\(figures.own.count)", figures.own.text, figures.ownTwo.text,
                figures.slowdown.text, figures.peer.text, figures.ratio.text,
            ])
        }
        return table.text
    }

    static func time(_ nanoseconds: Double) -> String {
        nanoseconds < 1000 ? "\(nanoseconds.short) ns" : "\((nanoseconds / 1000).short) µs"
    }
}
