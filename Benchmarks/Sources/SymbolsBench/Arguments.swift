// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// `tools/bench symbols` fills in all but the rounds.
struct Arguments {
    var products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    /// Below it addresses and index files are written.
    var directory = FileManager.default.temporaryDirectory
    /// `faultline`.
    var command = ""
    /// `llvm-symbolizer`.
    var symbolizer = ""
    /// In the order of the tables.
    var binaries: [Binary] = []
    var rounds = 20
    /// Of the programs that take seconds.
    var slowRounds = 3
    var commit = "unknown"

    /// `NAME=FILE=ADDRESSES`: what it is called, where it lies, a file of 10,000 addresses in it.
    struct Binary {
        let name: String
        let path: String
        let addresses: String
    }

    init(_ given: ArraySlice<String>) throws {
        var rest = given
        while let option = rest.popFirst() {
            if option == "--quick" {
                (rounds, slowRounds) = (3, 1)
                continue
            }
            guard let value = rest.popFirst() else { throw WrongArguments("\(option) needs a value") }
            switch option {
            case "--products": products = URL(filePath: value)
            case "--directory": directory = URL(filePath: value)
            case "--command": command = value
            case "--symbolizer": symbolizer = value
            case "--binary":
                let parts = value.split(separator: "=").map(String.init)
                guard parts.count == 3 else {
                    throw WrongArguments("--binary needs NAME=FILE=ADDRESSES, not \(value)")
                }
                binaries.append(Binary(name: parts[0], path: parts[1], addresses: parts[2]))
            case "--commit": commit = value
            case "--rounds": rounds = try count(option, value)
            case "--slow-rounds": slowRounds = try count(option, value)
            default: throw WrongArguments("unknown option \(option)")
            }
        }
        guard !command.isEmpty, !symbolizer.isEmpty, !binaries.isEmpty else {
            throw WrongArguments("--command, --symbolizer and --binary are needed")
        }
    }
}
