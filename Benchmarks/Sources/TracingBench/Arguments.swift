// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// `tools/bench tracing` fills in all but the rounds.
struct Arguments {
    var products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    /// On a disk: below it black boxes are written.
    var directory = FileManager.default.temporaryDirectory
    /// An interpreter that finds `sentry_sdk`.
    var python = ""
    /// `sentry-python/tracing_worker.py`.
    var peer = ""
    var rounds = 20
    /// Of each run of wrk.
    var seconds = 5
    var commit = "unknown"

    init(_ given: ArraySlice<String>) throws {
        var rest = given
        while let option = rest.popFirst() {
            if option == "--quick" {
                (rounds, seconds) = (3, 2)
                continue
            }
            guard let value = rest.popFirst() else { throw WrongArguments("\(option) needs a value") }
            switch option {
            case "--products": products = URL(filePath: value)
            case "--directory": directory = URL(filePath: value)
            case "--python": python = value
            case "--peer": peer = value
            case "--commit": commit = value
            case "--rounds": rounds = try count(option, value)
            default: throw WrongArguments("unknown option \(option)")
            }
        }
        guard !python.isEmpty, !peer.isEmpty else { throw WrongArguments("--python and --peer are needed") }
    }
}
