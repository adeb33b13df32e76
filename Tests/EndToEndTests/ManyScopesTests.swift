// SPDX-License-Identifier: Apache-2.0
#if Tools
import FaultlineProtocol
import Glibc
import Subprocess
import Testing

extension EndToEnd {
    @Suite struct ManyScopesTests {
        @Test func `one of ten thousand requests crashes, and the report has its own scope and all of it`() async throws
        {
            try await Workplace.run { place in
                let (status, reports) = try await Laboratory(in: place).reports(of: "ten-thousand-scopes")
                #expect(status == .signaled(SIGSEGV))
                #expect(reports.count == 1)
                let event = try #require(reports.first).event
                #expect(event.tags["request"] == "9999")
                #expect(event.transaction == "GET /orders/9999")
                let messages = event.breadcrumbs.compactMap { $0.objectValue?["message"]?.stringValue }
                let own = messages.filter { $0.hasPrefix("request ") }
                #expect(own == (0..<20).map { "request 9999, step \($0)" })
            }
        }
    }
}
#endif
