// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@Suite struct BreadcrumbTests {
    @Test func `a breadcrumb reads back from the wire`() {
        let breadcrumb = Breadcrumb(
            message: "GET /stock", category: "http", level: .info, type: "http", data: ["status_code": 200],
            timestamp: Timestamp(seconds: 1, nanoseconds: 5000))
        #expect(breadcrumb.json.objectValue.map { Breadcrumb(fields: $0) } == breadcrumb)
        #expect(breadcrumb.json.objectValue?["timestamp"] == "1970-01-01T00:00:01.000005Z")
    }

    @Test func `what is not set is not written, what has another type is not read`() {
        #expect(Breadcrumb().json == [:])
        #expect(Breadcrumb(fields: ["message": 1, "level": "loud", "data": [], "timestamp": nil]) == Breadcrumb())
    }
}
