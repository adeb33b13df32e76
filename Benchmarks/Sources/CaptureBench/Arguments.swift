// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// `tools/bench capture` fills in all but the rounds.
struct Arguments {
    var products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    /// On a disk: below it black boxes are written.
    var directory = FileManager.default.temporaryDirectory
    /// On tmpfs, for the same.
    var memoryDirectory = URL(filePath: "/dev/shm")
    /// An interpreter that finds `sentry_sdk`.
    var python = ""
    /// `sentry-python/worker.py`.
    var peer = ""
    var rounds = 20
    /// Of what is timed call by call.
    var calls = 2_000_000
    /// Not fewer when it is to be quick: some pages of the allocator's would count as bytes of each.
    let drops = 1_000_000
    var seconds = 10
    var commit = "unknown"

    init(_ given: ArraySlice<String>) throws {
        var rest = given
        while let option = rest.popFirst() {
            if option == "--quick" {
                (rounds, calls, seconds) = (3, 200_000, 2)
                continue
            }
            guard let value = rest.popFirst() else { throw WrongArguments("\(option) needs a value") }
            switch option {
            case "--products": products = URL(filePath: value)
            case "--directory": directory = URL(filePath: value)
            case "--memory-directory": memoryDirectory = URL(filePath: value)
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
