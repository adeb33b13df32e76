// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

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
