// SPDX-License-Identifier: Apache-2.0

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

    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    init(_ given: ArraySlice<String>) throws {
        var rest = given
        while let option = rest.popFirst() {
            if option == "--quick" {
                (rounds, slowRounds) = (5, 1)
                continue
            }
            guard Self.options.contains(option) else { throw Wrong(description: "unknown option \(option)") }
            guard let value = rest.popFirst() else { throw Wrong(description: "\(option) needs a value") }
            switch option {
            case "--products": products = URL(filePath: value)
            case "--directory": directory = URL(filePath: value)
            case "--libraries": libraries = URL(filePath: value)
            case "--commit": commit = value
            case "--rounds": rounds = try Self.count(option, value)
            default: slowRounds = try Self.count(option, value)
            }
        }
    }

    private static func count(_ option: String, _ value: String) throws -> Int {
        guard let count = Int(value), count > 0 else {
            throw Wrong(description: "\(option): a number from 1 on, not \(value)")
        }
        return count
    }
}
