// SPDX-License-Identifier: Apache-2.0

import FaultlineCore
import Logging
import Testing

/// Integrations speak to the SDK of the process, of which there is one: these tests take turns, and each leaves it stopped.
@Suite(.serialized) struct IntegrationsTests {
    let transport = InMemoryTransport()

    /// Without crash handlers; nothing is kept on disk.
    func start(_ configure: (inout Options) -> Void = { _ in }) {
        var options = Options()
        options.dsn = "https://key@errors.example.com/7"
        options.cacheDirectory = "/dev/null/nowhere"
        options.crashHandlers = false
        options.autoSessionTracking = false
        options.logger.logLevel = .critical
        configure(&options)
        FaultlineSDK.start(options, transport: transport)
    }

    /// Sends everything, and answers the payloads of that type.
    func end(_ type: String = "event") async -> [Event] {
        await FaultlineSDK.close(timeout: .seconds(10))
        return payloads(type).map { Event(fields: $0) }
    }

    func payloads(_ type: String) -> [Fields] {
        transport.envelopes.flatMap(\.items).filter { $0.type == type }
            .compactMap { (try? JSONValue(parsing: $0.payload))?.objectValue }
    }
}
