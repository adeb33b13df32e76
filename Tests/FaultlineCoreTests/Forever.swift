// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Never returns, and does not heed cancellation, like a system call that hangs.
func waitForEver() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        // Kept, since a continuation that goes away unresumed is reported as a mistake.
        waiting.withLock { $0.append(continuation) }
    }
}

private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
