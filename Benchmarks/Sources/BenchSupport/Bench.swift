// SPDX-License-Identifier: Apache-2.0

internal import Foundation

package struct BenchError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// What is wrong with the arguments.
package struct WrongArguments: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// The result goes to standard output, what is under way to standard error.
package func progress(_ text: String) {
    FileHandle.standardError.write(Data("    \(text)\n".utf8))
}

/// - Throws: ``WrongArguments`` when it is no number from 1 on.
package func count(_ option: String, _ value: String) throws -> Int {
    guard let count = Int(value), count > 0 else {
        throw WrongArguments("\(option): a number from 1 on, not \(value)")
    }
    return count
}

/// Runs a bench; a failure ends the process with status 1, wrong arguments with 64.
package func run(_ name: String, _ body: () throws -> Void) {
    do {
        try body()
    } catch {
        FileHandle.standardError.write(Data("\(name): \(error)\n".utf8))
        exit(error is WrongArguments ? 64 : 1)
    }
}
