// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import TestSupport
import Testing

@testable import FaultlineCore

@Suite struct LimitVectorTests {
    private static func cases(_ what: String) -> [Vector] {
        VectorFile.cases("limits") { $0.input("what")?.stringValue == what }
    }

    @Test(arguments: cases("breadcrumbs"))
    func `the newest breadcrumbs are kept, and how many there were is told`(_ vector: Vector) async throws {
        let server = try VectorClient {
            if let limit = vector.input("max_breadcrumbs")?.integerValue { $0.maxBreadcrumbs = Int(limit) }
        }
        FaultlineSDK.withIsolationScope(Scope()) { scope in
            for number in 0..<(vector.input("added")?.integerValue ?? 0) {
                scope.addBreadcrumb(Breadcrumb(message: "m\(number)"))
            }
            server.client.captureMessage("hello")
        }
        let event = try #require(await server.sent())
        let texts = event.breadcrumbs.map { $0.objectValue?["message"] ?? .null }
        #expect(Int64(texts.count) == vector.expected["kept"]?.integerValue)
        #expect(texts.first ?? .null == vector.expected["first"])
        #expect(texts.last ?? .null == vector.expected["last"])
        let meta = event.fields["_meta"]?.objectValue?["breadcrumbs"]?.objectValue?[""]?.objectValue?["len"]
        #expect(meta ?? .null == vector.expected["meta_len"])
    }

    /// The other SDK clears the list at the 22nd, for fear of a leak; the file says not to copy that.
    @Test(arguments: cases("event_processors_on_one_scope"))
    func `processors are kept up to a limit`(_ vector: Vector) throws {
        let scope = Scope()
        let added = Int(vector.input("added")?.integerValue ?? 0)
        for _ in 0..<added { scope.addEventProcessor { event, _ in event } }
        #expect(scope.hooks?.eventProcessors.count == min(added, ScopeHooks.limit))
    }
}
