// SPDX-License-Identifier: Apache-2.0
#if Tools
import Foundation
import Synchronization

/// The table of `docs/crash-matrix.md`: written to the file that `FAULTLINE_CRASH_MATRIX` names, behind its marker, once
/// every kind has died in every build.
final class CrashMatrixPage: Sendable {
    static let shared = CrashMatrixPage()
    static let marker = "<!-- What follows is written by the test CrashMatrix; see tools/test. -->"

    enum Result: Sendable, Equatable {
        case reported, failed
        /// The machine does not allow it.
        case impossible(String)
    }

    private let results = Mutex<[String: Result]>([:])

    func note(_ fate: Fate, _ build: Build, _ result: Result) {
        let complete = results.withLock { results in
            results["\(fate.kind) \(build.name)"] = result
            return results.count == Fate.all.count * Build.all.count
        }
        if case .impossible(let why) = result { print("skipped: \(fate.kind) in \(build.name): \(why)") }
        guard complete, let path = Build.variable("FAULTLINE_CRASH_MATRIX") else { return }
        do {
            let page = try String(contentsOfFile: path, encoding: .utf8)
            let head = page.components(separatedBy: Self.marker)[0]
            try (head + Self.marker + "\n\n" + table()).write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            print("the crash matrix was not written: \(error)")
        }
    }

    private func table() -> String {
        let builds = Build.all.map(\.name)
        let counts = results.withLock { results in
            (results.values.count { $0 == .reported }, results.count)
        }
        var text = "\(Fate.all.count) kinds in \(builds.count) builds: \(counts.0) of \(counts.1) deaths reported.\n\n"
        text += "| kind | signal | the reason says | blamed function | threads | "
        text += builds.joined(separator: " | ") + " |\n"
        text += String(repeating: "|---", count: 5 + builds.count) + "|\n"
        for fate in Fate.all {
            let reason = fate.reason.joined(separator: " … ")
            let cells = [
                fate.kind, Self.name(of: fate.signal), reason, fate.function.map { "`\($0)`" } ?? "any",
                "≥ \(fate.threads)",
            ]
            text += "| " + (cells + builds.map { mark(fate, $0) }).joined(separator: " | ") + " |\n"
        }
        return text
    }

    private func mark(_ fate: Fate, _ build: String) -> String {
        switch results.withLock({ $0["\(fate.kind) \(build)"] }) {
        case .reported: fate.lost.isEmpty ? "yes" : "yes, without \(fate.lost[0])"
        case .impossible(let why): "not tried: \(why)"
        case .failed, nil: "**no**"
        }
    }

    private static func name(of signal: Int32) -> String {
        let names: [Int32: String] = [
            SIGSEGV: "SEGV", SIGBUS: "BUS", SIGILL: "ILL", SIGTRAP: "TRAP", SIGABRT: "ABRT", SIGFPE: "FPE",
            SIGSYS: "SYS",
        ]
        return names[signal] ?? "\(signal)"
    }
}
#endif
