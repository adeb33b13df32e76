// SPDX-License-Identifier: Apache-2.0

import Faultline
import Synchronization

/// Takes nothing while the gate is closed: then a capture is timed alone, up to the queue. Counts what it takes after.
final class GatedTransport: Transport {
    private struct State {
        var isOpen = true
        var waiting: CheckedContinuation<Void, Never>?
        var count = 0
        var last: [UInt8] = []
        var lastException: [UInt8] = []
    }

    private let state = Mutex(State())

    var requiresDSN: Bool { false }

    func send(_ request: EnvelopeRequest) async -> TransportResult {
        await withCheckedContinuation { continuation in
            let passes = state.withLock { state in
                if !state.isOpen { state.waiting = continuation }
                return state.isOpen
            }
            if passes { continuation.resume() }
        }
        // Sessions and what was lost are told when it is time.
        guard request.body.contains(Array(#""type":"event""#.utf8)) else { return .accepted }
        let isException = request.body.contains(Array(#""exception":{"values""#.utf8))
        state.withLock { state in
            state.count += 1
            state.last = request.body
            if isException { state.lastException = request.body }
        }
        return .accepted
    }

    func close() async {}

    func closeGate() { state.withLock { $0.isOpen = false } }

    func openGate() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    struct Taken {
        let count: Int
        /// The newest of all, and the newest that is of an error.
        let last: Envelope?
        let lastException: Envelope?
    }

    /// What came since the last call.
    func take() -> Taken {
        let (count, last, lastException) = state.withLock { state in
            defer { (state.count, state.last, state.lastException) = (0, [], []) }
            return (state.count, state.last, state.lastException)
        }
        return Taken(
            count: count, last: try? Envelope(parsing: last), lastException: try? Envelope(parsing: lastException))
    }
}
