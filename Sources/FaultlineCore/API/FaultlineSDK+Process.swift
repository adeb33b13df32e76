// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

extension FaultlineSDK {
    /// Registers, once, what is to happen when the process forks and when it ends by itself.
    static func watchProcess() {
        _ = watches
    }

    private static let watches: Void = {
        // Made by now: a child that is forked while another thread makes one would wait for it for ever.
        _ = Scopes.root
        _ = MetricSource.isOn
        ErrorKind.forget()
        _ = FoundationFacts.of(CancellationError())
        // What the parent has (queue, connections, files of the outbox) is the parent's: the child is as before a start, as
        // `lifecycle` is by itself.
        pthread_atfork(nil, nil) {
            FaultlineSDK.breadcrumbs.store(.dropped, ordering: .releasing)
            MetricSource.end()
        }
        // exit(3) and a return from `main`; `_exit` runs nothing.
        atexit { FaultlineSDK.closeAtExit() }
    }()

    /// Sends what it can in ``Options/shutdownTimeout``, keeps the rest on disk. The handlers stay: a crash of what ends
    /// after us is a crash.
    private static func closeAtExit() {
        CrashReporter.waitForReport()
        guard !CrashReporter.isDying, let running = runningOrClosing, running.process == getpid() else { return }
        running.client.closeAtExit()
    }
}
