// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import CDriver
import CVictim
import Foundation

/// Starts victims, each with an empty directory of its own.
struct Laboratory {
    let products: URL
    let work: URL

    /// A victim's directories, gone after the call of `body`.
    struct Place {
        let reports: URL
        /// What the victim has printed.
        let output: URL
    }

    /// Runs `body` with a victim that is about to crash. What it leaves alive is killed.
    func withVictim<Result>(
        _ way: Way, _ scenario: Scenario, started: Bool = true, libraries: URL? = nil,
        _ body: (inout driver_process, Place) throws -> Result
    ) throws -> Result {
        let directory = work.appending(path: "victim")
        let place = Place(reports: directory.appending(path: "reports"), output: directory.appending(path: "output"))
        try FileManager.default.createDirectory(
            at: place.reports, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: directory) }

        let program = products.appending(path: way.linksFaultline ? "FaultlineVictim" : "BareVictim").path
        var arguments = [program, "\(scenario.threads)", "\(scenario.burners)"]
        if way.linksFaultline { arguments.append(way.hasFaultline && started ? place.reports.path : "-") }
        if let libraries { arguments.append(libraries.path) }
        var environment = ProcessInfo.processInfo.environment
        environment["SWIFT_BACKTRACE"] = way.setting

        var process = driver_process()
        try check("start \(program)") {
            withStrings(arguments) { arguments in
                withStrings(environment.map { "\($0)=\($1)" }) { environment in
                    driver_start(arguments, environment, place.output.path, &process)
                }
            }
        }
        defer { driver_end(&process) }
        try check("\(way.name), \(scenario.name) threads: get ready", place.output) {
            driver_await_ready(&process, 120)
        }
        return try body(&process, place)
    }

    /// Throws what it was doing, and what the victim has said, when the result is an errno.
    func check(_ doing: String, _ output: URL? = nil, _ call: () -> Int32) throws {
        let error = call()
        guard error != 0 else { return }
        let said = output.flatMap { try? String(contentsOf: $0, encoding: .utf8) } ?? ""
        throw BenchError("\(doing): \(String(cString: strerror(error))) \(said.suffix(500))")
    }

    private func withStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = strings.map { UnsafePointer(strdup($0)) }
        defer { for pointer in pointers { free(UnsafeMutablePointer(mutating: pointer)) } }
        pointers.append(nil)
        return body(pointers)
    }
}

extension Laboratory.Place {
    /// The run's directory, once the victim has started Faultline.
    func run() throws -> URL {
        let paths = FileManager.default.enumerator(at: reports, includingPropertiesForKeys: nil)
        while let path = paths?.nextObject() as? URL {
            if path.lastPathComponent.hasPrefix("crash.envelope") { return path.deletingLastPathComponent() }
        }
        throw BenchError("Faultline has made no crash.envelope.tmp below \(reports.path)")
    }
}
