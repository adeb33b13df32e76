// SPDX-License-Identifier: Apache-2.0

import FaultlineProtocol
import Testing

@testable import FaultlineCore

@Suite struct EnvironmentTraceTests {
    private let trace = "771a43a4192642f0b136d5159a501700"

    private func scope(_ environment: [String: String], strict: Bool = false) throws -> Scope {
        var options = Options()
        options.orgID = "1"
        options.strictTraceContinuation = strict
        let scope = Scope()
        scope.continueTrace(ofEnvironment: { environment[$0] }, try Client(options, transport: InMemoryTransport()))
        return scope
    }

    @Test func `the trace of whoever started the process goes on`() throws {
        let environment = [
            "SENTRY_TRACE": "\(trace)-b86df6546fff02c7-1", "SENTRY_BAGGAGE": "sentry-release=a, sentry-org_id=1",
        ]
        let (context, isGiven) = try scope(environment, strict: true).givenTrace
        #expect(isGiven && context.traceID.description == trace)
        #expect(context.parentSpanID?.description == "b86df6546fff02c7" && context.parentSampled == true)
        #expect(context.incoming?["release"] == "a")
    }

    @Test(arguments: [
        [:], ["SENTRY_TRACE": "nonsense"], ["SENTRY_BAGGAGE": "sentry-release=a"],
        ["SENTRY_TRACE": "771a43a4192642f0b136d5159a501700-b86df6546fff02c7", "SENTRY_USE_ENVIRONMENT": "no"],
        [
            "SENTRY_TRACE": "771a43a4192642f0b136d5159a501700-b86df6546fff02c7",
            "SENTRY_BAGGAGE": "sentry-org_id=2",
        ],
    ])
    func `none, one that is not to be read, or another organisation's does not`(_ environment: [String: String]) throws
    {
        #expect(try !scope(environment).givenTrace.isGiven)
    }

    @Test func `what code has continued before stays`() throws {
        let scope = Scope(), own = PropagationContext()
        scope.continueTrace(own)
        scope.continueTrace(
            ofEnvironment: { $0 == "SENTRY_TRACE" ? "\(trace)-b86df6546fff02c7" : nil },
            try Client(Options(), transport: InMemoryTransport()))
        #expect(scope.propagation == own)
    }
}
