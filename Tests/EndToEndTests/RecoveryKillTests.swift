// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// A recovery is killed, by SIGKILL and for real: the next one loses nothing and repeats nothing.
    @Suite struct RecoveryKillTests {
        /// A laboratory in which one run has died, and the event that an undisturbed recovery sends of it.
        private func withDeadRun(_ body: (Laboratory, Event) async throws -> Void) async throws {
            try await Workplace.run { place in
                let dead = try Laboratory(in: place)
                #expect(try await dead.victim("bad-pointer").end() == .signaled(SIGSEGV))
                let report = try #require(try await dead.copy(named: "undisturbed").recover().first)
                #expect(report.frames.last?.function == "faults_write_to")
                #expect(report.event.threads.count > 1)
                try await body(dead, report.event)
            }
        }

        /// Runs a recovery that may be killed, then one that is not. The event comes whole, and once; twice only when the
        /// first was killed between the server's answer and the deletion in the outbox, and the server drops the second.
        /// - Returns: how the first ended, and before which call it was killed; nil: from outside, or not at all.
        private func recoverTwice(
            _ laboratory: Laboratory, _ event: Event, killed first: Child
        ) async throws -> (TerminationStatus, String?) {
            let end = try await first.end(within: .seconds(60))
            let call = await first.log.lines.first { $0.hasPrefix("killed before ") }
            #expect(end == .signaled(SIGKILL) || (end == .exited(0) && call == nil))
            let waits = laboratory.left.contains { $0.hasPrefix("outbox/") && $0.hasSuffix(".envelope") }
            let before = try await Laboratory.reports(of: first)
            let after = try await laboratory.recover()
            let story = "\(call ?? "not killed"): sent \(before.count) and \(after.count) times"
            #expect(before.count == 1 && waits ? after.count == 1 : before.count + after.count == 1, "\(story)")
            #expect((before + after).allSatisfy { $0.event == event }, "\(story)")
            return (end, call)
        }

        /// What never got its name may be just in the making: it goes after an hour, and is all that is left.
        private func expectNothingLeft(_ laboratory: Laboratory) async throws {
            func isHidden(_ path: String) -> Bool { ["runs/.", "symbols/."].contains { path.hasPrefix($0) } }
            let hidden = laboratory.left.filter { isHidden($0) && !$0.hasSuffix("/lock") }
            #expect(laboratory.left.allSatisfy(isHidden), "\(laboratory.left)")
            guard !hidden.isEmpty else { return }
            for path in laboratory.files(hidden[0]) {
                let old = Date(timeIntervalSinceNow: -4000)
                try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
            }
            #expect(try await laboratory.recover().isEmpty)
            #expect(laboratory.left.isEmpty, "\(laboratory.left)")
        }

        @Test func `killed before each of its steps`() async throws {
            try await withDeadRun { dead, event in
                let library = try await KillAtStep(in: dead.place)
                var calls: [String] = []
                var killed = true
                while killed, calls.count < 200 {
                    let copy = try dead.copy(named: "step-\(calls.count + 1)")
                    let first = copy.recovery(environment: library.environment(step: calls.count + 1))
                    let (end, call) = try await recoverTwice(copy, event, killed: first)
                    try await expectNothingLeft(copy)
                    killed = end == .signaled(SIGKILL)
                    if killed { calls.append(try #require(call)) }
                }
                #expect(!killed, "it has more than 200 steps")
                // The test met what it is about.
                for step in ["rename", "fsync", "unlink", "rmdir"] {
                    #expect(calls.contains { $0.hasPrefix("killed before \(step) ") }, "\(calls)")
                }
                for place in ["/attempts", "/report-", "/outbox/", "/blackbox", "/crash.envelope"] {
                    #expect(calls.contains { $0.contains(place) }, "\(place): \(calls)")
                }
            }
        }

        @Test func `killed at any moment`() async throws {
            try await withDeadRun { dead, event in
                let start = ContinuousClock.now
                _ = try await dead.copy(named: "measured").recover()
                let usual = ContinuousClock.now - start
                for round in 0..<30 {
                    let copy = try dead.copy(named: "round-\(round)")
                    let first = copy.recovery()
                    // Which moment it is shall be chance's.
                    try await Task.sleep(for: usual * Double.random(in: 0...1))
                    await first.signal(SIGKILL)
                    _ = try await recoverTwice(copy, event, killed: first)
                    try await expectNothingLeft(copy)
                }
            }
        }

        @Test func `one that dies each time it makes the report leaves names and other threads out the third time`()
            async throws
        {
            try await withDeadRun { dead, event in
                let library = try await KillAtStep(in: dead.place)
                for _ in 0..<2 {
                    let recovery = dead.recovery(environment: library.environment(path: "/.report-"))
                    #expect(try await recovery.end() == .signaled(SIGKILL))
                }
                let report = try #require(try await dead.recover().first)
                #expect(report.event.eventID == event.eventID)
                #expect(report.breadcrumbs == ["about to die"])
                #expect(report.event.threads.count == 1)
                #expect(
                    report.frames.map(\.instructionAddress).last
                        == event.exceptions.last?.stacktrace?.frames.last?.instructionAddress)
                #expect(report.frames.allSatisfy { $0.function == nil })
                #expect(dead.left.isEmpty, "\(dead.left)")
            }
        }
    }
}

/// `Tests/Fixtures/KillAtStep`, compiled.
struct KillAtStep {
    private let library: String

    init(in place: Workplace) async throws {
        library = place.directory + "/kill_at_step.so"
        let source = SourceLine.root + "/Tests/Fixtures/KillAtStep/kill_at_step.c"
        let result = try await run(
            .name("clang"),
            arguments: ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library, source],
            output: .discarded, error: .string(limit: 1 << 16))
        #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
    }

    func environment(step: Int) -> [String: String] { ["LD_PRELOAD": library, "KILL_AT_STEP": "\(step)"] }

    func environment(path: String) -> [String: String] { ["LD_PRELOAD": library, "KILL_AT_PATH": path] }
}
#endif
