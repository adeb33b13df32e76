// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// Deaths in circumstances that make a report hard: locks held, nothing left, stacks in ruins.
    @Suite struct HardDeathTests {
        private func die(_ kind: String, in place: Workplace) async throws -> (TerminationStatus, [Report]) {
            try await Laboratory(in: place).reports(of: kind)
        }

        private func expect(_ fate: Fate) async throws {
            try await Workplace.run { place in
                let (status, reports) = try await die(fate.kind, in: place)
                #expect(status == .signaled(fate.signal))
                #expect(reports.count == 1)
                let report = try #require(reports.first)
                fate.expect(in: report)
                #expect(report.event.tags["kind"] == fate.kind)
                #expect(report.event.threads.count > 1)
            }
        }

        static let isRoot = geteuid() == 0
        /// Containers often forbid it, also to root.
        static let canUnshare = isRoot && system("unshare --mount --pid --fork true 2>/dev/null") == 0

        @Test(.enabled(if: canUnshare, "no right to make a PID namespace"), arguments: [SIGSEGV, SIGTRAP])
        func `the first process of a PID namespace, which no signal of its own can kill, ends all the same`(
            _ signal: Int32
        ) async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let kind = signal == SIGSEGV ? "bad-pointer" : "breakpoint"
                let victim = laboratory.victim(kind, shell: "exec unshare --fork --pid \"$LAB\"")
                #expect(try await victim.end() == .exited(128 + signal))
                let report = try #require(try await laboratory.recover().first)
                #expect(
                    report.event.exceptions.last?.mechanism?.meta["signal"]?.objectValue?["number"]
                        == .integer(Int64(signal)))
            }
        }

        /// libdispatch itself traps there now and then (`_dispatch_workq_monitor_pools` reads /proc): a death that is to be
        /// reported too.
        @Test(.enabled(if: canUnshare, "no right to take /proc away"))
        func `without /proc the threads are known from our own registry`() async throws {
            for _ in 0..<30 {
                var status: TerminationStatus?
                try await Workplace.run { place in
                    let laboratory = try Laboratory(in: place)
                    let victim = laboratory.victim(
                        "many-threads", shell: "exec unshare --mount sh -c 'umount -l /proc && exec \"$LAB\"'")
                    status = try await victim.end()
                    let report = try #require(try await laboratory.recover().first)
                    #expect(report.event.exceptions.last?.stacktrace?.frames.isEmpty == false)
                    #expect(report.event.threads.filter { $0.crashed == true }.count == 1)
                    if status == .signaled(SIGSEGV) { #expect(report.event.threads.count > 300) }
                }
                if status == .signaled(SIGSEGV) { return }
                #expect(status == .signaled(Fate.trap))
            }
            Issue.record("it never came to the death that was meant")
        }

        @Test(.enabled(if: canUnshare, "no right to mount a small disk"))
        func `a disk that is full at the crash loses nothing`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let child = laboratory.victim(
                    "full-disk",
                    shell: """
                        exec unshare --mount sh -c '
                            mount -t tmpfs -o size=20m,mode=700 lab "$LAB_DIRECTORY" || exit 1
                            "$LAB" "$LAB_DIRECTORY" full-disk; echo "died $?"
                            rm "$LAB_DIRECTORY/filler"; "$LAB" "$LAB_DIRECTORY" recover'
                        """)
                #expect(try await child.end(within: .seconds(120)) == .exited(0))
                let lines = await child.log.lines
                #expect(lines.contains("died \(128 + SIGSEGV)"), "\(lines)")
                let events = lines.filter { $0.hasPrefix("{") }
                #expect(events.count == 1)
                let report = try Report(line: try #require(events.first))
                Fate("full-disk", SIGSEGV, "at 0x10", in: "crash").expect(in: report)
                #expect(report.event.threads.count > 1)
            }
        }

        /// Every file system but the kernel's own is read-only, as in a container with a read-only root; `/dev/shm` has
        /// the options given.
        private static func readOnly(shared options: String, then command: String) -> String {
            """
            exec unshare --mount bash -c '
                mount --make-rprivate /
                mount -t tmpfs -o size=64m,\(options) none /dev/shm || exit 1
                for place in $(awk "\\$5 !~ \\"^/(proc|sys|dev)\\" { print \\$5 }" /proc/self/mountinfo); do
                    mount -o remount,bind,ro "$place"
                done
                touch "$LAB_DIRECTORY/file" 2>/dev/null && echo "still writable" && exit 1
                \(command)'
            """
        }

        @Test(.enabled(if: canUnshare, "no right to make a root read-only"))
        func `on a read-only root the report lies in shared memory`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let child = laboratory.victim(
                    "array-index",
                    shell: Self.readOnly(
                        shared: "mode=1777",
                        then: """
                            "$LAB" "$LAB_DIRECTORY" array-index; echo "died $?"; "$LAB" "$LAB_DIRECTORY" recover
                            """))
                #expect(try await child.end(within: .seconds(120)) == .exited(0))
                let lines = await child.log.lines
                #expect(lines.contains("died \(128 + Fate.trap)"), "\(lines)")
                let report = try Report(line: try #require(lines.first { $0.hasPrefix("{") }, "\(lines)"))
                Fate("array-index", Fate.trap, "Index out of range", in: "element(_:of:)").expect(in: report)
            }
        }

        @Test(.enabled(if: canUnshare, "no right to make a root read-only"))
        func `with no writable place at all a line on standard error can be read back with names`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let child = laboratory.victim(
                    "array-index-in-task",
                    shell: Self.readOnly(
                        shared: "ro",
                        then: """
                            export LAB_LINE=1
                            ("$LAB" "$LAB_DIRECTORY" array-index-in-task; echo "died $?") 2>&1 |
                                sed "s/^/2026-11-26T12:00:00Z stderr F /" |
                                "${LAB%/*}/faultline" symbolicate --json -
                            """))
                #expect(try await child.end(within: .seconds(120)) == .exited(0))
                let lines = await child.log.lines
                let report = try Report(line: try #require(lines.first { $0.hasPrefix("{") }, "\(lines)"))
                Fate("array-index-in-task", Fate.trap, "Index out of range", in: "element(_:of:)").expect(in: report)
                #expect(report.event.tags["where"] == "task")
                // What may be private is not for a log.
                #expect(report.breadcrumbs.isEmpty)
                #expect(report.event.user == nil)
            }
        }

        @Test(.enabled(if: isRoot, "only root can become somebody else"))
        func `a death after setuid is reported whole`() async throws {
            try await expect(Fate("after-setuid", SIGSEGV, "at 0x10", in: "crash"))
        }

        @Test func `a death inside the allocator is reported`() async throws {
            try await Workplace.run { place in
                // By a fault or by abort, as the C library finds its heap.
                let (status, reports) = try await die("in-allocator", in: place)
                #expect(status == .signaled(SIGSEGV) || status == .signaled(SIGABRT))
                let report = try #require(reports.first)
                #expect(report.frames.contains { $0.function?.contains("lab_crash_in_allocator") == true })
            }
        }

        @Test func `a black box that is cut short under a run costs its scopes, and the run goes on`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let victim = laboratory.victim("truncated-box")
                #expect(try await victim.end() == .signaled(SIGSEGV))
                #expect(await victim.log.lines.contains("still alive"))
                let report = try #require(try await laboratory.recover().first)
                Fate("truncated-box", SIGSEGV, "at 0x10", in: "faults_write_to").expect(in: report)
            }
        }

        @Test func `a fault that a handler of another runtime repairs is no crash`() async throws {
            try await Workplace.run { place in
                let (status, reports) = try await die("repaired-fault", in: place)
                #expect(status == .exited(9))
                #expect(reports.isEmpty)
            }
        }

        /// Of sanitizers' handlers one in a hundred waits so, for the loader's lock.
        @Test func `a handler that waits for a lock of a stopped thread's gets it`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let victim = laboratory.victim("waiting-handler")
                let status = try await victim.end()
                #expect(status == .signaled(SIGSEGV))
                #expect(await victim.log.lines.contains("handler has worked"))
                #expect(try await laboratory.bareEnd(of: "waiting-handler") == status)
                let report = try #require(try await laboratory.recover().first)
                Fate("waiting-handler", SIGSEGV, "at 0x10", in: "faults_write_to").expect(in: report)
            }
        }

        /// What is to be done at a normal exit would wait for stopped threads, and take the crash for none.
        @Test func `a handler that exits leaves the report where it is`() async throws {
            try await Workplace.run { place in
                let (status, reports) = try await die("exiting-handler", in: place)
                #expect(status == .exited(7))
                let report = try #require(reports.first)
                Fate("exiting-handler", SIGSEGV, "at 0x10", in: "faults_write_to").expect(in: report)
            }
        }

        @Test func `a thread that exits while another one's crash is reported waits for the report`() async throws {
            try await Workplace.run { place in
                let (status, reports) = try await die("while-exiting", in: place)
                #expect(status == .signaled(SIGSEGV))
                let report = try #require(reports.first)
                Fate("while-exiting", SIGSEGV, "at 0x10", in: "faults_write_to").expect(in: report)
            }
        }

        @Test func `a handler that waits for a thread it has started is not left`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let victim = laboratory.victim("working-handler")
                #expect(try await victim.end() == .signaled(SIGSEGV))
                #expect(await victim.log.lines.contains("handler has worked"))
            }
        }

        /// A vforked child has its parent's memory, and only what it must do is done in it.
        @Test func `a vforked child that dies dies by its signal, and takes no report of its parent along`()
            async throws
        {
            try await Workplace.run { place in
                let (status, reports) = try await die("vforked-child", in: place)
                #expect(status == .exited(SIGSEGV))
                #expect(reports.isEmpty)
            }
        }

        @Test func `a forked child's death is reported, and its parent's run is not touched`() async throws {
            try await Workplace.run { place in
                let (status, reports) = try await die("forked-child", in: place)
                #expect(status == .exited(SIGSEGV))
                #expect(reports.count == 1)
                try expectChild(reports.first)
            }
        }

        /// The service goes on for long, and its children are not to wait for its end.
        @Test func `a service that lives sends the report of its forked child`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let victim = laboratory.victim(
                    "living-parent", environment: ["SWIFT_BACKTRACE": "enable=no", "LAB_SENDS": "1"])
                let line = try await victim.line(containing: "\"SIGSEGV\"")
                try expectChild(try Report(line: line))
                #expect(await victim.log.end == nil)
            }
        }

        /// A child may be made while its parent reports, and has a copy of all that, half done. One that hung would keep
        /// the pipe open that the test reads: then there is no end.
        @Test func `of children forked during the report none is left behind`() async throws {
            for _ in 0..<10 {
                try await Workplace.run { place in
                    let (status, reports) = try await die("while-forking", in: place)
                    #expect(status == .signaled(SIGSEGV))
                    #expect(!reports.isEmpty)
                    #expect(Set(reports.compactMap(\.event.eventID)).count == reports.count)
                }
            }
        }

        private func expectChild(_ report: Report?) throws {
            let report = try #require(report)
            Fate("forked-child", SIGSEGV, "SEGV_MAPERR at 0x10", in: "crash").expect(in: report)
            #expect(report.event.threads.count == 1)
        }
    }
}
#endif
