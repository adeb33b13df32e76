// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// What a report says of the threads that did not crash.
    @Suite struct ThreadTests {
        private func report(of kind: String, in place: Workplace) async throws -> Report {
            let laboratory = try Laboratory(in: place)
            #expect(try await laboratory.victim(kind).end() == .signaled(SIGSEGV))
            let reports = try await laboratory.recover()
            #expect(reports.count == 1)
            return try #require(reports.first)
        }

        private func functions(of thread: ThreadValue) -> [String] {
            thread.stacktrace?.frames.compactMap(\.function) ?? []
        }

        @Test func `each of 300 threads has its stack, name and state, and one is crashed`() async throws {
            try await Workplace.run { place in
                let threads = try await report(of: "many-threads", in: place).event.threads
                #expect(threads.count > 300)
                #expect(Set(threads.compactMap(\.id)).count == threads.count)
                #expect(threads.filter { $0.crashed == true }.count == 1)
                #expect(threads.filter { $0.main == true }.count == 1)
                let polling = threads.filter { functions(of: $0).contains("wait_in_poll") }
                let locked = threads.filter { functions(of: $0).contains("wait_for_mutex") }
                let working = threads.filter { functions(of: $0).contains("work") }
                #expect(polling.count == 150)
                #expect(locked.count == 149)
                #expect(working.count == 1)
                for thread in polling + locked + working {
                    #expect(thread.name == "CrashLab" || thread.name?.hasPrefix("oot.") == true, "\(thread.name ?? "")")
                    #expect(functions(of: thread).first?.contains("clone") == true, "\(functions(of: thread))")
                }
                #expect(polling.allSatisfy { $0.state == "waiting" })
                #expect(working.allSatisfy { $0.state == "running" })
            }
        }

        @Test func `a thousand threads are all in the report, which fits the server's limit`() async throws {
            try await Workplace.run { place in
                let report = try await report(of: "thousand-threads", in: place)
                #expect(report.event.threads.count > 1000)
                #expect(report.event.threads.filter { $0.crashed == true }.count == 1)
                #expect(report.event.serialized().count <= 1_000_000)
                #expect(report.frames.contains { $0.function == "faults_write_to" })
                // Those without a stack of their own name the thread that shows it.
                let shown = Set(report.event.threads.filter { $0.stacktrace != nil }.compactMap(\.id))
                for thread in report.event.threads where thread.stacktrace == nil && thread.crashed != true {
                    let named = thread.state?.split(separator: " ").last.flatMap { Int($0) }
                    #expect(named.map(shown.contains) == true, "\(thread.state ?? "")")
                }
            }
        }

        /// The second may be stopped before it has come to its fault: then it is a thread like the others.
        @Test func `two threads that crash at once give one report that names both`() async throws {
            for _ in 0..<50 {
                var named = false
                try await Workplace.run { place in
                    let event = try await report(of: "two-crashes", in: place).event
                    let crashed = event.threads.filter { $0.crashed == true }
                    #expect(crashed.count == 1)
                    #expect(event.exceptions.last?.threadID == crashed.first?.id)
                    let others = event.threads.filter { $0.state == "crashed too: SIGSEGV at 0x10" }
                    #expect(others.allSatisfy { functions(of: $0).contains("faults_write_to") })
                    named = others.count == 1
                }
                if named { return }
            }
            Issue.record("the second crash was never named")
        }
    }
}
#endif
