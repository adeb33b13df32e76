// SPDX-License-Identifier: Apache-2.0

// What a crash costs with Faultline, beside the same crash without it and with Swift's backtracer. See ../../README.md.

import Foundation

do {
    let arguments = try Arguments(CommandLine.arguments.dropFirst())
    try CrashBench(arguments).run()
} catch {
    FileHandle.standardError.write(Data("CrashBench: \(error)\n".utf8))
    exit(error is Arguments.Wrong ? 64 : 1)
}
