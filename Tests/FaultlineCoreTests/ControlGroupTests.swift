// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import FaultlineCore

@Suite struct ControlGroupTests {
    private func limits(_ files: [String: String]) -> (cpu: Double?, memory: Int64?) {
        let group = SystemFiles.of(files) { ControlGroup($0) }
        return (group.cpuLimit, group.memoryLimit)
    }

    @Test func `version 2 in a namespace of its own has its limits at the mount`() {
        let (cpu, memory) = limits([
            "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n",
            "/sys/fs/cgroup/memory.max": "536870912\n",
        ])
        #expect(cpu == 1.5)
        #expect(memory == 536_870_912)
    }

    @Test func `the tightest of the groups above counts`() {
        let (cpu, memory) = limits([
            "/proc/self/cgroup": "0::/pods.slice/pod1.slice/shop.scope\n",
            "/sys/fs/cgroup/pods.slice/cpu.max": "400000 100000\n",
            "/sys/fs/cgroup/pods.slice/memory.max": "max\n",
            "/sys/fs/cgroup/pods.slice/pod1.slice/cpu.max": "50000 100000\n",
            "/sys/fs/cgroup/pods.slice/pod1.slice/memory.max": "1000\n",
            "/sys/fs/cgroup/pods.slice/pod1.slice/shop.scope/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/pods.slice/pod1.slice/shop.scope/memory.max": "2000\n",
        ])
        #expect(cpu == 0.5)
        #expect(memory == 1000)
    }

    @Test func `version 1 has a hierarchy for each controller`() {
        let (cpu, memory) = limits([
            "/proc/self/cgroup": "4:memory:/docker/a\n3:cpuacct,cpu:/docker/a\n2:cpuset:/\n1:name=systemd:/\n0::/\n",
            "/sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes": "268435456\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/cpuacct,cpu/docker/a/cpu.cfs_quota_us": "200000\n",
            "/sys/fs/cgroup/cpuacct,cpu/docker/a/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpuacct,cpu/cpu.cfs_quota_us": "-1\n",
            "/sys/fs/cgroup/cpuacct,cpu/cpu.cfs_period_us": "100000\n",
        ])
        #expect(cpu == 2)
        #expect(memory == 268_435_456)
    }

    @Test func `a path of the host leads to the mount, which is the container's own`() {
        let (_, memory) = limits([
            "/proc/self/cgroup": "4:memory:/kubepods/burstable/pod1/abc\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1000000\n",
        ])
        #expect(memory == 1_000_000)
    }

    @Test(arguments: [
        "", "0::/\n", "garbage\n::::\n0:\n", "0::/../../a\n", "4:memory:/a/../../b\n",
    ])
    func `where nothing is limited, or nothing can be understood, there is no context`(groups: String) {
        let files = [
            "/proc/self/cgroup": groups, "/sys/fs/cgroup/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/memory.max": "many\n", "/sys/fs/cgroup/memory/memory.limit_in_bytes": "-5\n",
        ]
        #expect(SystemFiles.of(files) { ControlGroup($0).context } == nil)
    }

    @Test func `a period of zero and a quota beyond the numbers are no limit`() {
        for text in ["100000 0\n", "99999999999999999999 100000\n", "100000\n", "-1 100000\n"] {
            #expect(limits(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": text]).cpu == nil)
        }
    }

    @Test func `a path without end is not followed to its end`() {
        let deep = String(repeating: "/a", count: 100)
        let (_, memory) = limits(["/proc/self/cgroup": "0::\(deep)\n", "/sys/fs/cgroup/memory.max": "1000\n"])
        #expect(memory == 1000)
    }
}
