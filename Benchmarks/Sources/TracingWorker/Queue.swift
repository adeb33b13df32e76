// SPDX-License-Identifier: Apache-2.0

import Faultline
import Synchronization

/// Where a transaction is sent to: a list.
final class Queue: Transport {
    private let requests = Mutex<[EnvelopeRequest]>([])

    var requiresDSN: Bool { false }

    func send(_ request: EnvelopeRequest) async -> TransportResult {
        requests.withLock { $0.append(request) }
        return .accepted
    }

    func close() async {}

    /// What came since the last call.
    func take() -> [Envelope] {
        let taken = requests.withLock { requests in
            defer { requests = [] }
            return requests
        }
        return taken.compactMap { try? Envelope(parsing: $0.body) }
    }
}
