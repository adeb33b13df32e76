// SPDX-License-Identifier: Apache-2.0
#if Tools
import FoundationEssentials
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    /// What is marked as secret, and is looked for in whatever a service leaves on disk: the black box while it runs, the
    /// crash file when it has died, the envelope that the next start makes of it.
    @Suite struct PrivacyTests {
        private static let mark = "s3cr3t-"

        private func start(in place: Workplace) async throws -> ServiceProcess {
            try await ServiceProcess.start(
                Build.all[0], in: place, dsn: "http://key@127.0.0.1:9/1",
                // Of an option that is given twice the last counts: a secret that the program does not stumble over.
                arguments: ["--hostname", Self.mark + "argument"],
                environment: ["DATABASE_PASSWORD": Self.mark + "environment", "FAULTLINE_NOTE": Self.mark + "note"])
        }

        private static let headers = [
            "Authorization: Bearer \(mark)bearer", "Cookie: sid=\(mark)cookie", "X-Note: \(mark)header",
            "Referer: http://ada:\(mark)password@host/",
        ]

        /// The files in which `text` is, and those that were looked at.
        private func search(_ place: Workplace, for text: String) -> (found: [String], all: [String]) {
            let pattern = Array(text.utf8)
            let all = place.files(below: "cache").filter { !$0.hasSuffix(".index") }
            let found = all.filter { path in
                let url = URL(filePath: "\(place.directory)/cache/\(path)")
                guard let bytes = try? Data(contentsOf: url) else { return false }
                return bytes.firstRange(of: pattern) != nil
            }
            return (found, all)
        }

        @Test func `no secret of a service is in its files, dead or alive`() async throws {
            try await Workplace.run { place in
                let first = try await start(in: place)
                let secret = "?token=\(Self.mark)query"
                #expect(try await Answer.get(first.url + "/orders/1001" + secret, headers: Self.headers)?.status == 200)
                let alive = search(place, for: "found order 1001")
                #expect(alive.found.contains { $0.hasSuffix("/blackbox") }, "\(alive)")
                #expect(search(place, for: Self.mark).found == [])

                #expect(try await Answer.get(first.url + "/crash/pointer" + secret, headers: Self.headers) == nil)
                #expect(try await first.child.end() == .signaled(SIGSEGV))
                let dead = search(place, for: "printing the receipt of 1001")
                #expect(dead.found.contains { $0.hasSuffix("/crash.envelope") }, "\(dead)")
                #expect(search(place, for: Self.mark).found == [])

                let second = try await start(in: place)
                try await eventually("the report in the outbox") {
                    search(place, for: "printing the receipt of 1001").found.contains {
                        $0.contains("outbox/") && $0.hasSuffix(".envelope")
                    } ? true : nil
                }
                #expect(try await second.child.stop() == .exited(0))
                #expect(search(place, for: Self.mark).found == [])
            }
        }
    }
}
#endif
