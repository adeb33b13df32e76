// SPDX-License-Identifier: Apache-2.0
#if Tools
import FoundationEssentials
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    @Suite struct DeathTests {
        static let coreIsAFile =
            (try? String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8))
            .map { !$0.hasPrefix("|") && !$0.hasPrefix("/") } ?? false

        @Test(.enabled(if: coreIsAFile, "this machine gives its core dumps to a program"))
        func `a crash leaves the core dump it left without Faultline`() async throws {
            try await Workplace.run { place in
                // The shell's limit, which it hands on to the service that takes its place.
                let child = place.start(
                    "service", .name("bash"),
                    ["-c", "ulimit -c unlimited && exec \"$0\" --hostname 127.0.0.1 --port 0", Build.all[0].service],
                    environment: ["FAULTLINE_DIR": try place.folder("cache")])
                let line = try await child.line(containing: "listening on http://")
                let url = line.split(separator: " ").last.map(String.init) ?? ""
                #expect(try await Answer.get(url + "/crash/pointer") == nil)
                #expect(try await child.end(within: .seconds(60)) == .signaled(SIGSEGV))
                #expect(place.files(below: "").contains { $0.hasPrefix("core") })
            }
        }

        static let hasDebugger = system("command -v gdb >/dev/null 2>&1") == 0

        /// The crashed thread stands where it crashed, with nothing of ours above; the others behind the place where they
        /// were stopped.
        @Test(
            .enabled(if: coreIsAFile, "this machine gives its core dumps to a program"),
            .enabled(if: hasDebugger, "gdb is not on this machine"))
        func `a core dump unwinds in gdb, past the place where threads were stopped`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let victim = laboratory.victim(
                    "many-threads", shell: "ulimit -c unlimited && exec \"$LAB\" \"$LAB_DIRECTORY\" many-threads")
                #expect(try await victim.end(within: .seconds(60)) == .signaled(SIGSEGV))
                let core = try #require(place.files(below: "").first { $0.hasPrefix("core") })
                let debugger = place.start(
                    "gdb", .name("gdb"),
                    [
                        "-nx", "-batch", "-ex", "bt", "-ex", "echo ALL\\n", "-ex", "thread apply all bt",
                        Build.own.laboratory, place.directory + "/" + core,
                    ])
                #expect(try await debugger.end(within: .seconds(120)) == .exited(0))
                let lines = await debugger.log.lines
                let crashed = lines.prefix { $0 != "ALL" }.filter { $0.hasPrefix("#") }
                #expect(crashed.first?.contains("faults_write_to") == true, "\(crashed)")
                #expect(crashed.contains { $0.contains("Death") })
                #expect(!crashed.contains { $0.contains("fl_as_") })
                // One stack after the other, the innermost frame first: stopped, the signal, where it was.
                var polling = 0, stopped = false, signalled = false
                for line in lines.drop(while: { $0 != "ALL" }) {
                    if line.contains(" (Thread 0x") { (stopped, signalled) = (false, false) }
                    if line.contains(" park (") { stopped = true }
                    if line.contains("<signal handler called>") { signalled = stopped }
                    if line.contains(" wait_in_poll (") && signalled { polling += 1 }
                }
                #expect(polling == 150)
            }
        }

        @Test func `a service that ends by itself leaves no report`() async throws {
            try await Workplace.run { place in
                let collector = try await CollectorProcess.start(in: place)
                let first = try await ServiceProcess.start(Build.all[0], in: place, dsn: collector.dsn)
                #expect(try await first.get("/orders/1001")?.status == 200)
                #expect(try await first.child.stop(SIGTERM) == .exited(0))
                #expect(!place.files(below: "cache").contains { $0.hasSuffix("blackbox") || $0.hasSuffix(".envelope") })

                // The report of a crash that follows is the only one: what came before it would have been sent first.
                let second = try await ServiceProcess.start(Build.all[0], in: place, dsn: collector.dsn)
                #expect(try await second.crash("fatal") == .signaled(CrashRoute.trap))
                _ = try await ServiceProcess.start(Build.all[0], in: place, dsn: collector.dsn)
                _ = try await collector.report()
                #expect(try await collector.count() == 1)
            }
        }
    }
}
#endif
