// SPDX-License-Identifier: Apache-2.0

import CLab
import Dispatch
import FaultlineFiles
import FaultlineProtocol
import Synchronization
import Testing

@testable import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Children that are forked while other threads of their parent are inside of the SDK, each a process of its own. One that
/// hangs is ended by its alarm, and one that traps by the trap.
@Suite(.timeLimit(.minutes(5)))
struct ForkedChildTests {
    // In one run of a few a child waits for a lock of the Swift runtime (its cache of conformances), which is not ours: it
    // makes what a generic type needs at its first use.
    @Test(.disabled("a child may find the Swift runtime's own locks held"))
    func `a child hangs in no call, wherever its parent's other threads were`() async {
        await #expect(processExitsWith: .exitCode(3)) {
            let client = try Client(Options(), transport: DryRunTransport { _ in })
            Hammered.client.withLock { $0 = client }
            // What Swift makes at its first use is made here: a child that is forked meanwhile would wait for it.
            Hammered.callAll(0)
            Hammered.callAll(1)
            for thread in 0..<3 { DispatchQueue.global().async { while true { Hammered.callAll(thread) } } }
            for _ in 0..<300 {
                let status = lab_run_in_forked_child {
                    end(after: 20)
                    guard Hammered.callAll(9) == nil else { _exit(4) }
                    _exit(0)
                }
                guard status == 0 else { _exit(status < 0 ? 10 : status) }
            }
            _exit(3)
        }
    }

    @Test func `the threads of a child may wait for each other`() async {
        await #expect(processExitsWith: .exitCode(3)) {
            Hammered.setAttributes()
            let status = lab_run_in_forked_child {
                end(after: 60)
                var threads: [pthread_t] = []
                for _ in 0..<2 {
                    #if canImport(Darwin)
                    var thread: pthread_t?
                    #else
                    var thread = pthread_t()
                    #endif
                    pthread_create(
                        &thread, nil,
                        { _ in
                            Hammered.setAttributes(); return nil
                        }, nil)
                    threads.append(thread)
                }
                Hammered.setAttributes()
                for thread in threads { pthread_join(thread, nil) }
                _exit(0)
            }
            _exit(status == 0 ? 3 : 4)
        }
    }

    @Test func `a child keeps what was whole, and begins anew what was half changed or is its parent's`() async {
        await #expect(processExitsWith: .exitCode(3)) {
            Locks.whole.withLock { $0 = 1 }
            Locks.parents.withLock { $0 = 1 }
            DispatchQueue.global().async {
                Locks.held.withLock { value in
                    value = 1
                    Locks.isHeld.store(true, ordering: .releasing)
                    while true { sched_yield() }
                }
            }
            while !Locks.isHeld.load(ordering: .acquiring) { sched_yield() }
            let status = lab_run_in_forked_child {
                end(after: 60)
                guard Locks.whole.withLock({ $0 }) == 1 else { _exit(4) }
                guard Locks.parents.withLock({ $0 }) == 0 else { _exit(5) }
                guard Locks.held.withLock({ $0 }) == 0 else { _exit(6) }
                _exit(0)
            }
            _exit(status == 0 ? 3 : status < 0 ? 10 : status)
        }
    }
}

/// Dispatch blocks the signal in its threads.
private func end(after seconds: UInt32) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    alarm(seconds)
}

private enum Locks {
    static let whole = Lock(0), held = Lock(0), parents = Lock(0, isForOneProcess: true)
    static let isHeld = Atomic(false)
}

private enum Hammered {
    struct Failure: Error {}
    struct Other<Value>: Error {}

    static let client = Lock<Client?>(nil)

    static func setAttributes() {
        for number in 0..<100_000 { Scope.global.setAttribute("number", .integer(Int64(number))) }
    }

    /// - Returns: the id of what was captured by a client of the parent's.
    @discardableResult
    static func callAll(_ thread: Int) -> EventID? {
        let client = client.withLock { $0 }
        FaultlineSDK.setTag("thread", "\(thread)")
        FaultlineSDK.setUser(User(id: "\(thread)"))
        FaultlineSDK.setAttribute("thread", .integer(Int64(thread)))
        FaultlineSDK.addFeatureFlag("flag", true)
        FaultlineSDK.addBreadcrumb(message: "crumb")
        FaultlineSDK.addAttachment(Attachment(.bytes([1]), filename: "a"))
        FaultlineSDK.clearAttachments()
        Scope.global.setAttribute("thread", .integer(Int64(thread)))
        FaultlineSDK.currentScope.addFeatureFlag("flag", false)
        FaultlineSDK.globalScope.clear()
        FaultlineSDK.captureMessage("not started")
        FaultlineSDK.captureException(Failure()) { $0.setTag("a", "b") }
        FaultlineSDK.logger.info("not started")
        FaultlineSDK.metrics.count("not.started")
        FaultlineSDK.startSession()
        FaultlineSDK.endSession()
        FaultlineSDK.captureCheckIn(monitorSlug: "not-started", status: .ok)
        FoundationFacts.setSource { _ in nil }
        client?.logger.info("hello")
        client?.metrics.count("hello")
        client?.capture(CheckIn(monitorSlug: "hello", status: .ok))
        let id = FaultlineSDK.withRequest(method: "GET", route: "/") {
            FaultlineSDK.withScope { scope in
                scope.setAttribute("own", true)
                return client?.captureException(thread % 2 == 0 ? Failure() : Other<Int>() as any Error)
            }
        }
        return client?.captureMessage("hello") ?? id ?? FaultlineSDK.lastEventID.flatMap { _ in nil }
    }
}
