// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles

/// Wakes one waiting task; raised while nobody waits, it is remembered until the next wait.
///
/// A wait may end early (a timer of an earlier wait that fires late raises it too): look at the state after each.
final class Signal: Sendable {
    private struct State {
        var raised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Lock(State())

    func raise() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.raised = true }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns at the next ``raise()``, after `limit`, or when the task is cancelled. One task only may wait.
    func wait(upTo limit: Duration? = nil) async {
        let timer = limit.map { limit in
            Task {
                try? await Task.sleep(for: limit)
                if !Task.isCancelled { raise() }
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    let ready = state.raised || Task.isCancelled
                    state.raised = false
                    if !ready { state.waiter = continuation }
                    return ready
                }
                if ready { continuation.resume() }
            }
        } onCancel: {
            raise()
        }
        timer?.cancel()
    }
}
