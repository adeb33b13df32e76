// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Foundation
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// Real processes, one for each kind of death.
    @Suite struct CrashMatrix {
        private func reports(of kind: String, in place: Workplace) async throws -> (TerminationStatus, [Report]) {
            try await Laboratory(in: place).reports(of: kind)
        }

        /// The same as without Faultline, and one whole report.
        @Test(arguments: Fate.all, Build.all)
        func `a death is reported`(_ fate: Fate, build: Build) async throws {
            try await Workplace.run { place in
                var row = CrashMatrixPage.Result.failed
                defer { CrashMatrixPage.shared.note(fate, build, row) }
                let laboratory = try Laboratory(build, in: place)
                let victim = laboratory.victim(fate.kind)
                let status = try await victim.end()
                if let why = await victim.log.impossible {
                    row = .impossible(why)
                    return
                }
                let reports = try await laboratory.recover()
                #expect(status == .signaled(fate.signal))
                if fate.bareDiffers == nil { #expect(try await laboratory.bareEnd(of: fate.kind) == status) }
                let report = try #require(reports.first)
                #expect(reports.count == 1)
                fate.expect(in: report)
                if fate.kind != "at-once" { #expect(report.event.tags["kind"] == fate.kind) }
                if !["at-once", "busy-scopes"].contains(fate.kind) {
                    #expect(report.breadcrumbs.contains("about to die"))
                }
                if status == .signaled(fate.signal), reports.count == 1 { row = .reported }
            }
        }

        @Test func `the report of a crash in a named task says which`() async throws {
            try await Workplace.run { place in
                let (_, reports) = try await reports(of: "named-task", in: place)
                let data = try #require(reports.first?.event.exceptions.last?.mechanism?.data)
                #expect(data["task_name"]?.stringValue == "pour the acid")
                #expect(data["task_id"]?.integerValue ?? 0 > 0)
            }
        }

        @Test func `a service's file that has the number of ours is not written to`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                _ = try await laboratory.victim("closed-descriptors").end()
                let own = try Data(contentsOf: URL(filePath: laboratory.directory + "/own-file"))
                #expect(own.isEmpty)
            }
        }

        @Test func `a thread that answers no signal is listed, with where it sleeps`() async throws {
            try await Workplace.run { place in
                let (_, reports) = try await reports(of: "frozen-thread", in: place)
                let threads = try #require(reports.first).event.threads
                let frozen = threads.filter { $0.state?.hasPrefix("did not answer, asleep in system call") == true }
                #expect(frozen.count == 1)
                #expect(frozen.first?.stacktrace?.frames.last?.function?.contains("vfork") == true)
            }
        }

        @Test func `a handler that somebody puts in place of ours is told of in debug mode`() async throws {
            try await Workplace.run { place in
                let victim = try Laboratory(in: place).victim(
                    "replaced-handler", environment: ["SWIFT_BACKTRACE": "enable=no", "LAB_DEBUG": "1"])
                _ = try await victim.line(containing: "SIGBUS has a handler of ")
                #expect(try await victim.end() == .exited(5))
            }
        }

        @Test func `the report of a crash in a task carries the tags of that task, and who awaits it`() async throws {
            try await Workplace.run { place in
                let (_, reports) = try await reports(of: "array-index-in-task", in: place)
                let report = try #require(reports.first)
                #expect(report.event.tags["where"] == "task")
                // Those who await it follow behind the thread's own stack.
                let start = try #require(report.frames.firstIndex { $0.fields["stack_start"] == true })
                let callers = report.frames[..<start].compactMap(\.function)
                #expect(callers.contains { $0.contains("withIsolationScope") }, "\(report.stack)")
                #expect(callers.filter { $0.hasPrefix("closure #") && $0.contains("Death.tasks") }.count == 2)
            }
        }

        @Test func `the middle of a deep recursion is counted, both ends are kept`() async throws {
            try await Workplace.run { place in
                let (_, reports) = try await reports(of: "stack-overflow", in: place)
                let report = try #require(reports.first)
                #expect(report.frames.contains { $0.function?.contains("frames left out") == true })
                // The thread's own beginning, as libc names it: `clone3`, or `__GI___clone3` where its debug file is.
                let beginning = report.frames.first { $0.fields["stack_start"] == true } ?? report.frames.first
                #expect(beginning?.function?.contains("clone") == true, "\(report.stack.prefix(400))")
                #expect(report.frames.last?.function?.contains("recurse(_:)") == true)
                #expect(report.event.exceptions.last?.mechanism?.data["frames"]?.integerValue ?? 0 > 1000)
            }
        }

        @Test func `Swift's own backtracer prints what it prints without us`() async throws {
            try await Workplace.run { place in
                let victim = try Laboratory(in: place).victim(
                    "array-index", environment: ["SWIFT_BACKTRACE": "enable=yes,color=no,interactive=no"])
                #expect(try await victim.end(within: .seconds(120)) == .signaled(Fate.trap))
                let lines = await victim.log.lines
                #expect(lines.contains { $0.contains("Program crashed") }, "\(lines)")
                #expect(lines.contains { $0.contains("element(_:of:)") }, "\(lines)")
                #expect(place.files(below: "laboratory").contains { $0.hasSuffix("crash.envelope") })
            }
        }

        @Test(arguments: ["exit", "after-close", "childless"])
        func `a run that ended by itself, or was closed before, leaves no report, and has had no child`(_ kind: String)
            async throws
        {
            try await Workplace.run { place in
                let (status, reports) = try await reports(of: kind, in: place)
                if kind == "childless" { #expect(status == .exited(0)) }
                #expect(reports.isEmpty)
            }
        }

        @Test func `what recovery has sent is gone from the disk`() async throws {
            try await Workplace.run { place in
                _ = try await reports(of: "bad-pointer", in: place)
                let left = place.files(below: "laboratory").filter {
                    $0.hasSuffix(".envelope") || $0.contains("/runs/")
                }
                #expect(left.isEmpty, "\(left)")
            }
        }
    }
}
#endif
