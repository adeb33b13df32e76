// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where it was measured, and how busy that was.
struct Machine {
    let processor: String
    let memory: String
    let kernel: String
    let system: String
    let fileSystem: String
    let load: String

    init(fileSystemOf directory: URL) throws {
        processor = Self.field("model name", of: "/proc/cpuinfo") ?? "unknown processor"
        let kibibytes = Self.field("MemTotal", of: "/proc/meminfo").flatMap { Double($0.prefix { $0 != " " }) }
        memory = String(format: "%.0f GiB", (kibibytes ?? 0) / 1_048_576)
        kernel = Self.whole("/proc/sys/kernel/osrelease") ?? "unknown"
        system = Self.field("PRETTY_NAME", of: "/etc/os-release", separator: "=")?.replacing("\"", with: "") ?? "Linux"
        load = Self.whole("/proc/loadavg")?.split(separator: " ").first.map(String.init) ?? "unknown"
        fileSystem = Self.fileSystem(of: directory.resolvingSymlinksInPath().path)
    }

    func text(commit: String, cores: String) -> String {
        let date = Date().formatted(.iso8601.year().month().day())
        return """
            Measured on \(date), commit \(commit): \(processor), \(ProcessInfo.processInfo.activeProcessorCount) cores, \
            \(memory), \(system), Linux \(kernel), \(Self.architecture), reports on \(fileSystem). Load average when it \
            began: \(load). Core dumps: \(cores).
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

enum CoreDumps {
    /// For this process, and hence for every victim: a core of a thousand threads would be timed with the death.
    static func switchOff() throws -> String {
        let pattern = (try? String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)) ?? ""
        // A limit of 0 does not keep the kernel from starting a program that takes cores; 1 does (do_coredump() in
        // fs/coredump.c).
        let bytes: rlim_t = pattern.hasPrefix("|") ? 1 : 0
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 else {
            throw BenchError("core dumps cannot be switched off: \(String(cString: strerror(errno)))")
        }
        return "off (RLIMIT_CORE \(bytes))"
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
