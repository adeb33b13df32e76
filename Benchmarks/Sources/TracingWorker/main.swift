// SPDX-License-Identifier: Apache-2.0

// One process that links Faultline and is measured. What it shall do stands in the arguments; see ../../README.md.
//
//     TracingWorker spans DIRECTORY RATE            reads operations, writes nanoseconds
//     TracingWorker serve DIRECTORY bare            writes its port, serves until it is killed
//     TracingWorker serve DIRECTORY RATE DSN        the same with the middleware
//     TracingWorker post RATE PORT                  the bare one, which posts a body for so many of the requests

import Glibc

struct Failure: Error {
    let text: String
}

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("spans", 4): try spans(directory: arguments[2], rate: Double(arguments[3]) ?? 0)
case ("serve", 4): try await serve()
case ("serve", 5): try await serve(directory: arguments[2], rate: Double(arguments[3]) ?? 0, dsn: arguments[4])
case ("post", 4): try await serve(posting: Double(arguments[2]) ?? 0, to: arguments[3])
default: throw Failure(text: "see main.swift")
}

/// One line, at once.
func answer(_ text: String) {
    print(text)
    fflush(nil)
}
