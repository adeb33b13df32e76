// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import FoundationEssentials
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// What a scope held at the crash beside tags and breadcrumbs.
    @Suite struct AttachedFileTests {
        @Test(arguments: ["with the crash file", "from the black box"])
        func `a crash report brings the scope's files and feature flags`(_ source: String) async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                #expect(try await laboratory.victim("attached-file").end() == .signaled(SIGSEGV))
                if source == "from the black box" {
                    try FileManager.default.removeItem(atPath: try #require(laboratory.files("/crash.envelope").first))
                }
                let next = laboratory.recovery(environment: ["LAB_DEBUG": "1"])
                #expect(try await next.end(within: .seconds(120)) == .exited(0))
                let report = try #require(try await Laboratory.reports(of: next).first)
                #expect(report.signal == "SIGSEGV")
                #expect(
                    report.event.contexts["flags"]
                        == ["values": [["flag": "old-cart", "result": false], ["flag": "new-cart", "result": true]]])
                // A member that no server knows.
                #expect(report.event.fields["attachments"] == nil)
                let lines = await next.log.lines
                #expect(lines.filter { $0.hasPrefix("attachment ") } == ["attachment state.json, 13 bytes"])
                #expect(lines.contains { $0.contains("missing.txt is left out") })
                let leftOut = report.event.contexts["faultline"]?.objectValue?["attachments_left_out"]?.arrayValue
                #expect(leftOut?.count == 1 && leftOut?.first?.stringValue?.hasPrefix("missing.txt: ") == true)
            }
        }

        @Test func `a file that is gone at the next start costs only itself`() async throws {
            try await Workplace.run { place in
                let laboratory = try Laboratory(in: place)
                #expect(try await laboratory.victim("attached-file").end() == .signaled(SIGSEGV))
                try FileManager.default.removeItem(atPath: laboratory.directory + "/state.json")
                let next = laboratory.recovery()
                #expect(try await next.end(within: .seconds(120)) == .exited(0))
                let report = try #require(try await Laboratory.reports(of: next).first)
                #expect(report.culprit?.contains("faults_write_to") == true)
                #expect(await !next.log.lines.contains { $0.hasPrefix("attachment ") })
            }
        }
    }
}
#endif
