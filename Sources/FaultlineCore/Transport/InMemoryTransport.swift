// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
public import FaultlineProtocol

/// Keeps what would be sent, for tests of a service's own captures. Needs no DSN.
///
/// ```swift
/// let transport = InMemoryTransport()
/// let client = try Client(Options(), transport: transport)
/// client.captureMessage("hello")
/// await client.flush()
/// #expect(transport.events.first?.message == "hello")
/// ```
public final class InMemoryTransport: Transport {
    private struct State {
        var requests: [EnvelopeRequest] = []
        var answer: @Sendable (EnvelopeRequest) async -> TransportResult
    }

    private let state: Lock<State>

    /// - Parameter answer: plays the server. Default: accepts everything.
    public init(answer: @escaping @Sendable (EnvelopeRequest) async -> TransportResult = { _ in .accepted }) {
        state = Lock(State(answer: answer))
    }

    /// False.
    public var requiresDSN: Bool { false }

    /// Asks the answer closure; what it accepts is kept.
    public func send(_ request: EnvelopeRequest) async -> TransportResult {
        let answer = state.withLock { $0.answer }
        let result = await answer(request)
        if result.outcome == .accepted { state.withLock { $0.requests.append(request) } }
        return result
    }

    /// Changes how the server is played from now on.
    public func answer(_ answer: @escaping @Sendable (EnvelopeRequest) async -> TransportResult) {
        state.withLock { $0.answer = answer }
    }

    /// Everything accepted so far, oldest first.
    public var requests: [EnvelopeRequest] {
        state.withLock { $0.requests }
    }

    /// The same, parsed; what is no envelope is left out.
    public var envelopes: [Envelope] {
        requests.compactMap { try? Envelope(parsing: $0.body) }
    }

    /// The events in them.
    public var events: [Event] {
        envelopes.flatMap(\.items).filter { $0.type == "event" }.compactMap { item in
            (try? JSONValue(parsing: item.payload))?.objectValue.map { Event(fields: $0) }
        }
    }
}
