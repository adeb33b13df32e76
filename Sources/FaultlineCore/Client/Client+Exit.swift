// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import FaultlineFiles
internal import FaultlineProtocol

extension Client {
    /// Flushes for at most ``Options/shutdownTimeout`` and keeps the rest on disk, on a thread that is ending the process:
    /// it blocks. Where no other thread is left to send, the time passes and everything is kept. Who has to wait is told
    /// why, in one line on standard error.
    func closeAtExit() {
        sessions.close()
        let timeout = options.shutdownTimeout
        let patience = min(timeout, .milliseconds(100))
        telemetry.flush()
        let done = DispatchSemaphore(value: 0)
        Task.detached { [self] in
            await flush(timeout: timeout)
            done.signal()
        }
        if done.wait(timeout: .now() + patience.interval) == .timedOut {
            let pending = sender.pending
            if pending > 0 {
                let line = "faultline: attempting to send \(pending) pending events, for at most \(timeout)\n"
                _ = WholeFile.writeAll(Array(line.utf8), to: 2)
            }
            _ = done.wait(timeout: .now() + (timeout - patience).interval)
        }
        telemetry.flush()
        sender.end()
    }
}

extension Duration {
    fileprivate var interval: DispatchTimeInterval {
        .nanoseconds(Int(clamping: waitNanoseconds))
    }
}
