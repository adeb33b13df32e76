// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// How the session of a process ends that dies, is killed, or ends by itself.
    @Suite struct SessionTests {
        /// A session item that was sent, and whether it came with an event.
        private struct Sent: Sendable {
            let withEvent: Bool
            let payload: Fields

            var status: String? { payload["status"]?.stringValue }
            var release: String? { payload["attrs"]?.objectValue?["release"]?.stringValue }
        }

        private static let session = ["LAB_SESSION": "1", "SWIFT_BACKTRACE": "enable=no"]

        private func sent(by child: Child) async -> [Sent] {
            await child.log.lines.compactMap { line in
                guard line.hasPrefix("session with "), let start = line.firstIndex(of: "{"),
                    let payload = (try? JSONValue(parsing: line[start...].utf8))?.objectValue
                else { return nil }
                return Sent(withEvent: line.hasPrefix("session with an event"), payload: payload)
            }
        }

        /// The sessions of the runs before that the next start tells.
        private func recovered(in laboratory: Laboratory) async throws -> [Sent] {
            let next = laboratory.recovery()
            #expect(try await next.end(within: .seconds(120)) == .exited(0))
            return await sent(by: next)
        }

        @Test(arguments: [false, true])
        func `a crash ends it as crashed, in the report's envelope`(inMemory: Bool) async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let environment = Self.session.merging(inMemory ? ["LAB_MEMORY": "1"] : [:]) { $1 }
                let victim = laboratory.victim("errors-and-crash", environment: environment)
                #expect(try await victim.end() == .signaled(SIGSEGV))
                #expect(laboratory.files("/blackbox").isEmpty == inMemory)
                let next = laboratory.recovery()
                #expect(try await next.end(within: .seconds(120)) == .exited(0))
                let event = try #require(try await Laboratory.reports(of: next).first).event
                let sessions = await sent(by: next)
                let session = try #require(sessions.first)
                #expect(sessions.count == 1)
                #expect(session.withEvent && session.status == "crashed" && session.release == "crashlab@1")
                #expect(session.payload["init"] == true)
                #expect(session.payload["errors"] == 3)
                #expect(session.payload["did"] == "42")
                let time = try #require(session.payload["timestamp"].flatMap { Timestamp($0) })
                #expect(time.seconds == event.timestamp?.seconds)
                #expect(event.fields["faultline_session"] == nil)
                // An envelope that was being written when the process died stays as it was for an hour.
                let left = laboratory.left.filter { !$0.hasSuffix(".tmp") }
                #expect(left.isEmpty, "\(left)")
            }
        }

        @Test func `a session that was ended before the crash is not ended again`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let victim = laboratory.victim("end-and-crash", environment: Self.session)
                #expect(try await victim.end() == .signaled(SIGSEGV))
                let sessions = try await recovered(in: laboratory)
                // What it had queued died with it, or not.
                #expect(sessions.allSatisfy { !$0.withEvent && $0.status == "exited" }, "\(sessions)")
            }
        }

        @Test func `SIGKILL ends it as abnormal, once, of twenty replicas that start at once`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let victim = laboratory.victim("wait", environment: Self.session)
                _ = try await victim.line(containing: "waiting")
                #expect(try await recovered(in: laboratory).isEmpty)
                #expect(try await victim.stop(SIGKILL) == .signaled(SIGKILL))
                let replicas = (0..<20).map { _ in laboratory.recovery() }
                var sessions: [Sent] = []
                for replica in replicas {
                    #expect(try await replica.end(within: .seconds(240)) == .exited(0))
                    sessions += await sent(by: replica)
                }
                #expect(sessions.map(\.status) == ["abnormal"])
                #expect(sessions.first?.payload["init"] == true)
                #expect(sessions.first?.payload["abnormal_mechanism"] == "killed")
                #expect(sessions.first?.release == "crashlab@1")
                #expect(laboratory.left.isEmpty, "\(laboratory.left)")
            }
        }

        @Test func `a recovery that is killed before any of its steps tells it once all the same`() async throws {
            try await Workplace.run { place in
                let dead = try Laboratory(in: place)
                let victim = dead.victim("wait", environment: Self.session)
                _ = try await victim.line(containing: "waiting")
                #expect(try await victim.stop(SIGKILL) == .signaled(SIGKILL))
                let library = try await KillAtStep(in: place)
                var killed = true
                var steps = 0
                while killed, steps < 200 {
                    steps += 1
                    let copy = try dead.copy(named: "step-\(steps)")
                    let first = copy.recovery(environment: library.environment(step: steps))
                    killed = try await first.end(within: .seconds(60)) == .signaled(SIGKILL)
                    let waits = copy.left.contains { $0.hasPrefix("outbox/") && $0.hasSuffix(".envelope") }
                    let before = await sent(by: first)
                    let after = try await recovered(in: copy)
                    // Told twice only when killed between the server's answer and the deletion.
                    #expect(before.count == 1 && waits ? after.count == 1 : before.count + after.count == 1, "\(steps)")
                    #expect((before + after).allSatisfy { $0.status == "abnormal" })
                    #expect(Set((before + after).map { $0.payload["sid"] }).count == 1)
                }
                #expect(!killed && steps > 10)
            }
        }

        @Test(arguments: ["close", "no-close"])
        func `a normal end is told, and leaves nothing for the next start`(_ kind: String) async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let environment = Self.session.merging(["LAB_SENDS": "1"]) { $1 }
                let victim = laboratory.victim(kind, environment: environment)
                #expect(try await victim.end() == .exited(0))
                let sessions = await sent(by: victim) + (try await recovered(in: laboratory))
                #expect(sessions.map(\.status) == ["exited"])
                #expect(laboratory.left.isEmpty, "\(laboratory.left)")
            }
        }

        @Test func `a report that callbacks must see is left to the service, but for anyone's`() async throws {
            try await Workplace.run { place in
                let hooked = ["LAB_HOOK": "1", "SWIFT_BACKTRACE": "enable=no"]
                for memory in [[:], ["LAB_MEMORY": "1"]] {
                    let laboratory = try Laboratory(in: place, named: "hooked\(memory.count)")
                    let victim = laboratory.victim("bad-pointer", environment: hooked.merging(memory) { $1 })
                    #expect(try await victim.end() == .signaled(SIGSEGV))
                    #expect(try await laboratory.supervise().isEmpty)
                    #expect(try await laboratory.supervise().isEmpty)
                    let report = try #require(try await laboratory.recover(environment: hooked).first)
                    #expect(report.event.tags["hook"] == "saw it")
                    #expect(report.frames.last?.function == "faults_write_to", "\(report.stack)")
                }
                let late = try Laboratory(in: place, named: "late")
                let processed = ["LAB_PROCESSOR": "1", "LAB_MEMORY": "1", "SWIFT_BACKTRACE": "enable=no"]
                #expect(try await late.victim("bad-pointer", environment: processed).end() == .signaled(SIGSEGV))
                #expect(try await late.supervise().isEmpty)
                #expect(try await late.recover().count == 1)
                let laboratory = try Laboratory(in: place, named: "anyone's")
                let victim = laboratory.victim("bad-pointer", environment: hooked.merging(["LAB_ANYONE": "1"]) { $1 })
                #expect(try await victim.end() == .signaled(SIGSEGV))
                #expect(try await laboratory.supervise().count == 1)
                #expect(laboratory.left.isEmpty, "\(laboratory.left)")
            }
        }

        @Test func `a forked child's crash does not end the session of its parent`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                let victim = laboratory.victim("forked-child", environment: Self.session)
                _ = try await victim.end()
                let next = laboratory.recovery()
                #expect(try await next.end(within: .seconds(120)) == .exited(0))
                #expect(try await !Laboratory.reports(of: next).isEmpty)
                #expect(await sent(by: next).allSatisfy { !$0.withEvent && $0.status != "crashed" })
            }
        }
    }
}
#endif
