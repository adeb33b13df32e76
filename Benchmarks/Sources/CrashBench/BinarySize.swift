// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// What a release build grows by when it links FaultlineCore and starts it, in MiB.
struct BinarySize: Figure {
    private var sizes: [(name: String, whole: Double, stripped: Double)] = []

    init(_ products: URL, work: URL) throws {
        for name in ["BareVictim", "FaultlineVictim"] {
            let program = products.appending(path: name)
            let stripped = work.appending(path: "\(name).stripped")
            try Self.strip(program, to: stripped)
            sizes.append((name, try Self.mebibytes(program), try Self.mebibytes(stripped)))
        }
    }

    private static func mebibytes(_ url: URL) throws -> Double {
        let bytes = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int
        return Double(bytes ?? 0) / 1_048_576
    }

    private static func strip(_ program: URL, to stripped: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["strip", "-o", stripped.path, program.path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchError("strip \(program.path) failed with status \(process.terminationStatus); install binutils")
        }
    }

    private var added: (whole: Double, stripped: Double) {
        (sizes[1].whole - sizes[0].whole, sizes[1].stripped - sizes[0].stripped)
    }

    let title = "Size of the executable"

    var text: String {
        var table = Table(["program", "MiB", "stripped, MiB"])
        for size in sizes { table.add([size.name, size.whole.short, size.stripped.short]) }
        table.add(["added", added.whole.short, added.stripped.short])
        return table.text
    }

    var targets: [Target] {
        [
            Target(
                figure: "size added to the executable, stripped", limit: "<= 2 MB",
                measured:
                    "\((added.stripped * 1.048576).short) MB; \((added.whole * 1.048576).short) MB with symbols and debug information",
                isMet: added.stripped * 1.048576 <= 2)
        ]
    }
}
