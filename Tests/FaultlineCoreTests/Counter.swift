// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How often something happened, on any thread.
final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increase() { count.withLock { $0 += 1 } }
}
