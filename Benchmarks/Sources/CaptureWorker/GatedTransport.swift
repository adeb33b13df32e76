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
        state.withLock { state in
            state.count += 1
            state.last = request.body
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

    /// How many came since the last call, and the newest of them.
    func take() -> (count: Int, last: Envelope?) {
        let (count, last) = state.withLock { state in
            defer { (state.count, state.last) = (0, []) }
            return (state.count, state.last)
        }
        return (count, try? Envelope(parsing: last))
    }
}
