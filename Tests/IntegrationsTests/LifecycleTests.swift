// SPDX-License-Identifier: Apache-2.0

import FaultlineCore
import FaultlineLifecycle
import Logging
import ServiceLifecycle
import Testing

extension IntegrationsTests {
    /// Works until it is told to stop, and says so.
    private struct Worker: Service {
        let began: @Sendable () -> Void

        func run() async throws {
            began()
            try await gracefulShutdown()
            FaultlineSDK.captureMessage("the worker has stopped")
        }
    }

    private func run(_ stop: @escaping @Sendable (ServiceGroup, Task<Void, any Error>) async -> Void) async throws {
        let (began, continuation) = AsyncStream.makeStream(of: Void.self)
        let worker = Worker { continuation.yield() }
        let group = ServiceGroup(
            services: [FaultlineService(timeout: .seconds(10)), worker], logger: Logger(label: "group"))
        let task = Task { try await group.run() }
        var iterator = began.makeAsyncIterator()
        await iterator.next()
        await stop(group, task)
        _ = await task.result
    }

    @Test func `what others report at their end is sent before the SDK ends`() async throws {
        start()
        try await run { group, _ in await group.triggerGracefulShutdown() }
        #expect(!FaultlineSDK.isEnabled)
        #expect(payloads("event").map { Event(fields: $0).message } == ["the worker has stopped"])
    }

    @Test func `a group that is cancelled sends what waits, too`() async throws {
        start()
        FaultlineSDK.captureMessage("waits")
        try await run { _, task in task.cancel() }
        #expect(!FaultlineSDK.isEnabled)
        #expect(payloads("event").contains { Event(fields: $0).message == "waits" })
    }
}
