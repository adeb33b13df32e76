// SPDX-License-Identifier: Apache-2.0

internal import FaultlineProtocol

/// The limits of the control groups that this process is in: the tightest on the way up to the root, as the kernel
/// enforces it. cgroup v2 and v1, and both mixed.
///
/// Sources: [cgroup v2](https://docs.kernel.org/admin-guide/cgroup-v2.html), cgroups(7),
/// [bandwidth control](https://docs.kernel.org/scheduler/sched-bwc.html).
struct ControlGroup: Equatable {
    /// In processors; 1.5 is one and a half. nil: all of the machine's.
    private(set) var cpuLimit: Double?
    /// In bytes. nil: all of the machine's.
    private(set) var memoryLimit: Int64?

    /// Deeper groups are not looked at: each is two files, and the service waits.
    static let depthLimit = 8
    /// Version 1 says with a number near 2^63 that there is no limit.
    private static let unlimited = Int64(1) << 60

    init(_ files: SystemFiles) {
        for line in SystemFiles.lines(files.text("/proc/self/cgroup") ?? "") {
            // `4:memory:/a/b` of version 1, `0::/a/b` of version 2.
            let parts = line.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
                .map { Substring($0) }
            guard parts.count == 3 else { continue }
            let controllers = parts[1].utf8.split(separator: UInt8(ascii: ",")).map { Substring($0) }
            if controllers.isEmpty {
                // Beside version 1 it is mounted here or there, and controls nothing that version 1 does.
                for mount in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
                    ascend(parts[2], below: mount) { group in
                        note(memory: files.word(group + "/memory.max"))
                        note(cpu: files.text(group + "/cpu.max"))
                    }
                }
            } else if controllers.contains("memory") {
                ascend(parts[2], below: "/sys/fs/cgroup/\(parts[1])") { group in
                    note(memory: files.word(group + "/memory.limit_in_bytes"))
                }
            } else if controllers.contains("cpu") {
                ascend(parts[2], below: "/sys/fs/cgroup/\(parts[1])") { group in
                    guard let quota = files.word(group + "/cpu.cfs_quota_us") else { return }
                    note(cpu: "\(quota) \(files.word(group + "/cpu.cfs_period_us") ?? "")")
                }
            }
        }
    }

    /// Calls `visit` with the process's group and those above it, the mount's own last. A group of another container's view
    /// is not below the mount: then only that one is found, which is the container's.
    private func ascend(_ path: Substring, below mount: String, _ visit: (String) -> Void) {
        var names = path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        if names.contains("..") { names = [] }
        for _ in 0..<min(names.count, Self.depthLimit) {
            visit(mount + "/" + names.joined(separator: "/"))
            names.removeLast()
        }
        visit(mount)
    }

    private mutating func note(memory text: Substring?) {
        guard let text, let limit = Int64(text), (0..<Self.unlimited).contains(limit) else { return }
        memoryLimit = min(limit, memoryLimit ?? limit)
    }

    /// `150000 100000`: microseconds of processor time in microseconds; `max` or a negative number: no limit.
    private mutating func note(cpu text: String?) {
        let numbers = SystemFiles.words(Substring(text ?? ""))
        guard numbers.count == 2, let quota = Int64(numbers[0]), let period = Int64(numbers[1]), quota > 0, period > 0
        else { return }
        let limit = Double(quota) / Double(period)
        cpuLimit = min(limit, cpuLimit ?? limit)
    }

    /// `contexts.cgroup`; nil when nothing is limited.
    var context: Fields? {
        var fields: Fields = [:]
        fields["cpu_limit"] = cpuLimit.map { .number($0) }
        fields["memory_limit"] = memoryLimit.map { .integer($0) }
        return fields.isEmpty ? nil : fields
    }
}
