// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Glibc
import Subprocess
import Testing

/// One kind of death of CrashLab, and what must be in its report.
struct Fate: Sendable, CustomTestStringConvertible {
    let kind: String
    let signal: Int32
    /// Parts of the exception's `type: value`.
    let reason: [String]
    /// A function that must be on the stack, as symbolicated; nil: any thread may take the signal.
    let function: String?

    init(_ kind: String, _ signal: Int32, _ reason: String..., in function: String? = "Death") {
        self.kind = kind
        self.signal = signal
        self.reason = reason
        self.function = function
    }

    var testDescription: String { kind }

    #if arch(x86_64)
    static let trap = SIGILL
    #else
    static let trap = SIGTRAP
    #endif

    /// What every report of CrashLab must say, however hard the death was.
    func expect(in report: Report) {
        for part in reason { #expect(report.reason.contains(part), "\(report.reason)") }
        if let function {
            #expect(report.frames.contains { $0.function?.contains(function) == true }, "\(report.stack)")
        }
        let mechanism = report.event.exceptions.last?.mechanism
        #expect(mechanism?.meta["signal"]?.objectValue?["number"]?.integerValue == Int64(signal))
        #expect(mechanism?.handled == false)
        #expect(report.event.level == .fatal)
        #expect(report.event.release == "crashlab@1")
        #expect(report.event.serverName == "laboratory")
        #expect(report.event.threads.filter { $0.crashed == true }.count == 1)
        #expect(report.event.contexts["faultline"] == nil, "something was lost")
    }

    static let all = [
        Fate("bad-pointer", SIGSEGV, "SIGSEGV", "SEGV_MAPERR at 0x10", in: "faults_write_to"),
        Fate("non-canonical-pointer", SIGSEGV, "SIGSEGV", "SI_KERNEL", in: "faults_write_to"),
        Fate("null-call", SIGSEGV, "SIGSEGV", "at 0x0", in: "faults_call_null"),
        Fate("beyond-file", SIGBUS, "SIGBUS", "BUS_ADRERR", in: "faults_touch_beyond_file"),
        Fate("double-free", SIGABRT, "abort", "double free", in: "faults_free_twice"),
        Fate("assert", SIGABRT, "abort", "Assertion", in: "faults_assert"),
        Fate("divide-by-zero", SIGFPE, "SIGFPE", "FPE_INTDIV", in: "faults_divide"),
        Fate("abort", SIGABRT, "SIGABRT"),
        Fate("trap", trap, "at 0x", in: "faults_trap"),
        Fate("breakpoint", SIGTRAP, "SIGTRAP"),
        Fate("bad-system-call", SIGSYS, "SIGSYS"),
        Fate("killed-by-segv", SIGSEGV, "SIGSEGV", "SI_USER from process", in: nil),
        Fate("fatal-error", trap, "Fatal error", "the laboratory burns"),
        Fate("precondition", trap, "Precondition failed", "one is one"),
        Fate("array-index", trap, "Index out of range", in: "element(_:of:)"),
        Fate("nil-unwrap", trap, "Unexpectedly found nil", in: "unwrap(_:)"),
        Fate("arithmetic-overflow", trap, "arithmetic overflow", in: "increment(_:)"),
        Fate("stack-overflow", SIGSEGV, "Stack overflow", in: "recurse(_:)"),
        Fate("stack-overflow-in-task", SIGSEGV, "Stack overflow", in: "recurse(_:)"),
        Fate("array-index-in-task", trap, "Index out of range", in: "element(_:of:)"),
        Fate("bad-pointer-on-queue", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to"),
    ]
}

extension EndToEnd {
    /// Real processes, one for each kind of death.
    @Suite struct CrashMatrix {
        /// Dies, is recovered by the next start, and answers what that would send.
        private func reports(of kind: String, in place: Workplace) async throws -> (TerminationStatus, [Report]) {
            let laboratory = try Laboratory(in: place)
            let status = try await laboratory.victim(kind).end()
            return (status, try await laboratory.recover())
        }

        @Test(arguments: Fate.all)
        func `a death is reported`(_ fate: Fate) async throws {
            try await Workplace.run { place in
                let (status, reports) = try await reports(of: fate.kind, in: place)
                #expect(status == .signaled(fate.signal))
                let report = try #require(reports.first)
                #expect(reports.count == 1)
                fate.expect(in: report)
                #expect(report.event.tags["kind"] == fate.kind)
                #expect(report.breadcrumbs.contains("about to die"))
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
                #expect(callers.filter { $0.hasPrefix("closure #") && $0.contains("Death.simple") }.count == 2)
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

        @Test(arguments: ["exit", "after-close"])
        func `a run that ended by itself, or was closed before, leaves no report`(_ kind: String) async throws {
            try await Workplace.run { place in
                let (_, reports) = try await reports(of: kind, in: place)
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
