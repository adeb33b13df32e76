// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// Where it was measured, and how busy that was.
package struct Machine {
    private let processor: String
    private let memory: String
    private let kernel: String
    private let system: String
    private let fileSystem: String
    private let load: String

    package init(fileSystemOf directory: URL) {
        processor = Self.field("model name", of: "/proc/cpuinfo") ?? "unknown processor"
        let kibibytes = Self.field("MemTotal", of: "/proc/meminfo").flatMap { Double($0.prefix { $0 != " " }) }
        memory = String(format: "%.0f GiB", (kibibytes ?? 0) / 1_048_576)
        kernel = Self.whole("/proc/sys/kernel/osrelease") ?? "unknown"
        system = Self.field("PRETTY_NAME", of: "/etc/os-release", separator: "=")?.replacing("\"", with: "") ?? "Linux"
        load = Self.whole("/proc/loadavg")?.split(separator: " ").first.map(String.init) ?? "unknown"
        fileSystem = Self.fileSystem(of: directory.resolvingSymlinksInPath().path)
    }

    /// - Parameters:
    ///   - what: lies in the directory.
    ///   - rest: a sentence, or nothing.
    package func text(commit: String, _ what: String, _ rest: String = "") -> String {
        let date = Date().formatted(.iso8601.year().month().day())
        return """
            Measured on \(date), commit \(commit): \(processor), \(ProcessInfo.processInfo.activeProcessorCount) cores, \
            \(memory), \(system), Linux \(kernel), \(Self.architecture), \(what) on \(fileSystem). Load average when it \
            began: \(load).\(rest.isEmpty ? "" : " ")\(rest)
            """
    }

    private static var architecture: String {
        #if arch(x86_64)
        "x86-64"
        #else
        "aarch64"
        #endif
    }

    private static func whole(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func field(_ name: String, of path: String, separator: Character = ":") -> String? {
        for line in (whole(path) ?? "").split(separator: "\n") {
            let parts = line.split(separator: separator, maxSplits: 1)
            guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name else { continue }
            return parts[1].trimmingCharacters(in: .whitespaces)
        }
        return nil
    }

    /// The type of the mount whose path is the longest that the directory's begins with.
    private static func fileSystem(of path: String) -> String {
        var best: (path: Substring, type: Substring) = ("", "an unknown file system")
        for line in (whole("/proc/self/mounts") ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2, fields[1].count >= best.path.count else { continue }
            let isAbove = fields[1] == "/" || path == fields[1] || path.hasPrefix(fields[1] + "/")
            if isAbove { best = (fields[1], fields[2]) }
        }
        return String(best.type)
    }
}
