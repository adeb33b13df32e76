// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// The parts in order; the report goes to standard output, what is under way to standard error.
struct CrashBench {
    let arguments: Arguments
    let work: URL

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        work = arguments.directory.appending(path: "faultline-bench-\(getpid())")
        try FileManager.default.createDirectory(
            at: work, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    func run() throws {
        defer { try? FileManager.default.removeItem(at: work) }
        let machine = Machine(fileSystemOf: work)
        let cores = try CoreDumps.switchOff()
        let laboratory = Laboratory(products: arguments.products, work: work)

        var results = Deaths()
        try results.measure(laboratory, rounds: arguments.rounds, slowRounds: arguments.slowRounds)
        let others: [any Figure] = [
            try Memory(laboratory, rounds: max(3, arguments.rounds / 3)),
            try StartTime(laboratory, libraries: arguments.libraries, rounds: arguments.rounds),
            try HandlerStack(laboratory),
            try SystemCalls(laboratory),
            try BinarySize(arguments.products, work: work),
        ]

        print(machine.text(commit: arguments.commit, "reports", "Core dumps: \(cores)."))
        print("\n### Targets\n")
        print((results.targets + others.flatMap(\.targets)).text)
        print("\n### Fault to death\n")
        print(results.text)
        for figure in others { print("\n### \(figure.title)\n\n\(figure.text)") }
    }
}

/// Something measured beside the deaths.
protocol Figure {
    var title: String { get }
    var text: String { get }
    var targets: [Target] { get }
}
