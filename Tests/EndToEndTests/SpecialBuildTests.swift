// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// Builds that change what lies under the crash core: the sanitizers have handlers and definitions of libc's names of
    /// their own, a static executable has no loader.
    @Suite struct SpecialBuildTests {
        static let kinds = [
            "bad-pointer-on-queue", "array-index-in-task", "stack-overflow-on-thread", "cxx-exception", "many-threads",
        ]

        /// ThreadSanitizer gives threads no alternate stack, and without our pthread_create they get none from us.
        static let cases = Build.special.flatMap { build in
            kinds.filter { !(build.name.hasPrefix("thread") && $0 == "stack-overflow-on-thread") }.map { (build, $0) }
        }

        @Test(.enabled(if: !Build.special.isEmpty, "no such build was given"), arguments: cases)
        func `a death ends as without Faultline, and is reported`(_ build: Build, kind: String) async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(build, in: place)
                let status = try await laboratory.victim(kind).end()
                #expect(try await laboratory.bareEnd(of: kind) == status)
                // By a build that has all it takes to find names.
                let reports = try await Laboratory(in: place).recover()
                let report = try #require(reports.first)
                #expect(reports.count == 1)
                let fate = try #require(Fate.all.first { $0.kind == kind })
                #expect(report.signalNumber == fate.signal)
                #expect(report.culprit?.contains(try #require(fate.function)) == true, "\(report.stack)")
                #expect(report.event.tags["kind"] == kind)
                #expect(report.lostStages.isEmpty)
                #expect(report.event.threads.count >= fate.threads)
            }
        }
    }
}
#endif
