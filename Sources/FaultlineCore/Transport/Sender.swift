// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol
internal import Logging
internal import Synchronization

/// Brings envelopes to the server: those in its bounded queue, then those that wait in the outbox.
///
/// One long task does all sending (``Sender/run()`` in `Sender+Run.swift`); it is started by ``start()`` and ended by
/// ``close(timeout:)``. Everything here may be called from any thread and returns at once, but for the two that say so.
final class Sender: Sendable {
    struct Configuration: Sendable {
        var dsn: DSN?
        /// nil: somebody else (a supervisor) sends what waits in the outbox.
        var transport: (any Transport)?
        var outbox: Outbox?
        var queueSize = 100
        var sendClientReports = true
        var logger: Logger
        /// Between two envelopes from the outbox, so that a server that just came back is not overrun.
        var gap = Duration.milliseconds(100)
        /// Is asked to look whenever the sender is awake.
        var watch: ProcessWatch?

        /// nil: nothing can be sent by us.
        var sender: (any Transport)? {
            guard let transport, dsn != nil || !transport.requiresDSN else { return nil }
            return transport
        }
    }

    struct State {
        var queue: [Envelope] = []
        /// Taken from the queue, not yet settled.
        var inFlight: Envelope?
        /// Not kept because the queue was full, since the start.
        var overflowed = 0
        /// Others (recovery) that may still add to the outbox; a flush waits for them.
        var producers = 0
        /// The outbox may hold files that were not looked at.
        var outboxChanged = true
        var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        var nextWaiter: UInt64 = 0
        /// A flush asks for an attempt although the server was down a moment ago.
        var urgent = false
        var limiter = LogLimiter()
        /// No more work is taken on; what is left goes to the outbox.
        var closed = false
        var task: Task<Void, Never>?
    }

    let configuration: Configuration
    /// What was lost, here or before it came here.
    let reports: ClientReports
    let state = Mutex(State())
    let signal = Signal()

    init(_ configuration: Configuration) {
        self.configuration = configuration
        reports = ClientReports(isEnabled: configuration.sendClientReports)
    }

    func start() {
        let task = Task.detached(priority: .utility) { [self] in await run() }
        let late = state.withLock { state in
            if !state.closed { state.task = task }
            return state.closed
        }
        if late { task.cancel() }
    }

    /// - Returns: false when the queue is full (the envelope is dropped and counted), when there is neither a way to send
    ///   nor a place to keep, or after ``close(timeout:)``.
    func enqueue(_ envelope: Envelope) -> Bool {
        guard configuration.outbox != nil || configuration.sender != nil else { return false }
        var lost: Int?
        let accepted = state.withLock { state in
            guard !state.closed else { return false }
            guard state.queue.count < configuration.queueSize else {
                state.overflowed += 1
                lost = state.limiter.pass("overflow").map { $0 + 1 }
                return false
            }
            state.queue.append(envelope)
            return true
        }
        if accepted { signal.raise() }
        if let lost {
            configuration.logger.warning(
                "\(lost) events were dropped: \(configuration.queueSize) wait to be sent already")
        }
        return accepted
    }

    /// Says that somebody works on more envelopes for the outbox, until ``producerEnded()``.
    func producerBegan() {
        state.withLock { $0.producers += 1 }
    }

    func producerEnded() {
        state.withLock { state in
            state.producers -= 1
            state.outboxChanged = true
        }
        signal.raise()
    }

    /// Something was put into the outbox.
    func outboxChanged() {
        state.withLock { $0.outboxChanged = true }
        signal.raise()
    }

    /// Waits until everything was sent, an attempt failed, or the time is over.
    /// - Returns: whether everything was sent (or, without a transport of our own, lies in the outbox).
    func flush(timeout: Duration) async -> Bool {
        let ticket = state.withLock { state -> UInt64? in
            guard !state.closed else { return nil }
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        guard let ticket else { return state.withLock { $0.queue.isEmpty } }
        let timer = Task {
            try? await Task.sleep(for: timeout)
            if !Task.isCancelled { answer(ticket) }
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard !state.closed, !Task.isCancelled else { return false }
                    state.waiters[ticket] = continuation
                    state.urgent = true
                    return true
                }
                if waits { signal.raise() } else { continuation.resume(returning: false) }
            }
        } onCancel: {
            answer(ticket)
        }
    }

    /// The time of this flush is over.
    private func answer(_ ticket: UInt64) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: ticket) }
        waiter?.resume(returning: false)
    }

    /// Flushes for at most `timeout`, ends the task, puts what is left into the outbox. Waits no longer for a transport
    /// that does not end. Idempotent.
    func close(timeout: Duration) async {
        let deadline = ContinuousClock.now + timeout
        _ = await flush(timeout: timeout)
        let (task, left, waiters) = state.withLock { state in
            defer {
                state.closed = true
                state.task = nil
                state.queue = []
                state.inFlight = nil
                state.waiters = [:]
            }
            // What is on its way may arrive or not: it is kept, and sent again under the same event id.
            return (state.task, (state.inFlight.map { [$0] } ?? []) + state.queue, state.waiters)
        }
        for waiter in waiters.values { waiter.resume(returning: false) }
        task?.cancel()
        signal.raise()
        keep(left)
        guard let transport = configuration.transport else { return }
        // A second for an orderly end even when the time is used up: connections close without the server's help.
        await Self.atMost(max(deadline - .now, .seconds(1))) { await transport.close() }
    }

    /// Ends the task without waiting for anything: nobody can ask for it any more.
    func abandon() {
        state.withLock { state in
            state.closed = true
            defer { state.task = nil }
            return state.task
        }?.cancel()
        signal.raise()
    }

    /// Puts envelopes into the outbox; those that cannot be put there are lost, with a line.
    func keep(_ envelopes: [Envelope]) {
        guard !envelopes.isEmpty else { return }
        guard let outbox = configuration.outbox else {
            configuration.logger.error(
                "\(envelopes.count) unsent reports are lost: there is no directory to keep them in")
            return
        }
        var dropped = 0
        for (index, envelope) in envelopes.enumerated() {
            do throws(SystemError) {
                dropped += try outbox.store(envelope)
            } catch {
                guard let held = pass("keep") else { break }
                configuration.logger.error("\(envelopes.count - index + held) unsent reports are lost: \(error)")
                break
            }
        }
        noteDropped(dropped)
    }

    /// One line a minute for reports that had to make room.
    func noteDropped(_ count: Int) {
        guard count > 0, let outbox = configuration.outbox, pass("dropped") != nil else { return }
        configuration.logger.warning(
            "\(outbox.directory) is full (\(outbox.limits.files) reports): its oldest are dropped")
    }

    /// See ``LogLimiter/pass(_:now:)``.
    func pass(_ kind: String) -> Int? {
        state.withLock { $0.limiter.pass(kind) }
    }

    /// Runs `body` and stops waiting for it after `limit`; it is cancelled then.
    private static func atMost(_ limit: Duration, _ body: @escaping @Sendable () async -> Void) async {
        let done = Signal()
        let task = Task.detached {
            await body()
            done.raise()
        }
        await done.wait(upTo: limit)
        task.cancel()
    }
}
