// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// `tools/bench crash` fills in the directories.
struct Arguments {
    /// Where the victims were built.
    var products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    /// Below it victims keep their reports.
    var directory = FileManager.default.temporaryDirectory
    /// A directory of shared libraries, for the victim whose start is timed.
    var libraries: URL?
    /// Of each death without a backtracer, and of each with one.
    var rounds = 30
    var slowRounds = 10
    var commit = "unknown"

    private static let options = [
        "--products", "--directory", "--libraries", "--commit", "--rounds", "--slow-rounds",
    ]

    init(_ given: ArraySlice<String>) throws {
        var rest = given
        while let option = rest.popFirst() {
            if option == "--quick" {
                (rounds, slowRounds) = (5, 1)
                continue
            }
            guard Self.options.contains(option) else { throw WrongArguments("unknown option \(option)") }
            guard let value = rest.popFirst() else { throw WrongArguments("\(option) needs a value") }
            switch option {
            case "--products": products = URL(filePath: value)
            case "--directory": directory = URL(filePath: value)
            case "--libraries": libraries = URL(filePath: value)
            case "--commit": commit = value
            case "--rounds": rounds = try count(option, value)
            default: slowRounds = try count(option, value)
            }
        }
    }
}
