// SPDX-License-Identifier: Apache-2.0
#if Tools
import FoundationEssentials
import Glibc
import Testing

/// A directory with built executables, and what sort of build it is.
struct Build: Sendable, CustomTestStringConvertible {
    let name: String
    let directory: String

    var service: String { directory + "/HummingbirdService" }
    var laboratory: String { directory + "/CrashLab" }
    var testDescription: String { name }

    /// `FAULTLINE_E2E_BUILDS` (`debug=/path,release=/path`), else the directory in which the tests lie.
    static let all: [Build] = variable("FAULTLINE_E2E_BUILDS").map(list) ?? [own]

    /// `FAULTLINE_E2E_SPECIAL_BUILDS`: of CrashLab alone, sanitized or wholly static.
    static let special: [Build] = variable("FAULTLINE_E2E_SPECIAL_BUILDS").map(list) ?? []

    private static func list(_ text: String) -> [Build] {
        text.split(separator: ",").compactMap { entry in
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            return parts.count == 2 ? Build(name: parts[0], directory: parts[1]) : nil
        }
    }

    /// Where `swift test` found the tests: there the collector lies too.
    static let own: Build = {
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return Build(name: "own", directory: executable.split(separator: "/").dropLast().map { "/" + $0 }.joined())
    }()

    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
#endif
