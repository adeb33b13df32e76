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
    /// The function of the service's own that the stack must blame: its newest frame in the app; nil: any thread may
    /// take the signal.
    let function: String?
    /// How many threads there are at least, the crashed one included.
    var threads = 1
    /// Stages of the report that such a death costs.
    var lost: [String] = []
    /// Why it does not end so without Faultline; nil: it does, and the test looks.
    var bareDiffers: String?

    init(_ kind: String, _ signal: Int32, _ reason: String..., in function: String? = "Death") {
        self.kind = kind
        self.signal = signal
        self.reason = reason
        self.function = function
    }

    func among(threads: Int) -> Fate { changed { $0.threads = threads } }
    func losing(_ stages: String...) -> Fate { changed { $0.lost = stages } }
    func withoutUs(_ difference: String) -> Fate { changed { $0.bareDiffers = difference } }

    private func changed(_ change: (inout Fate) -> Void) -> Fate {
        var fate = self
        change(&fate)
        return fate
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
        if let function { #expect(report.culprit?.contains(function) == true, "\(report.stack)") }
        let mechanism = report.event.exceptions.last?.mechanism
        #expect(report.signalNumber == signal)
        #expect(mechanism?.handled == false)
        #expect(report.event.level == .fatal)
        #expect(report.event.release == "crashlab@1")
        #expect(report.event.serverName == "laboratory")
        #expect(report.event.threads.filter { $0.crashed == true }.count == 1)
        #expect(report.event.threads.count >= threads)
        #expect(report.lostStages == lost)
    }
}
#endif
