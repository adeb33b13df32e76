// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol
internal import Logging

/// Brings envelopes to the server: those in its bounded queue, and those that wait in the outbox.
///
/// One long task (``Sender/run()`` in `Sender+Run.swift`) starts lanes, which send; it is started by ``start()`` and ended
/// by ``close(timeout:)``. Everything here may be called from any thread and returns at once, but for those that say so.
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
        /// Finishes the stacks in an envelope before it is sent; it may take its time.
        var names: StackNames?
        /// Is asked to look whenever the sender is awake.
        var watch: ProcessWatch?
    }

    struct State {
        var queue: SendQueue
        /// Tasks that empty the queue.
        var lanes = 0
        /// Not kept because the queue was full, since the start.
        var overflowed = 0
        /// Others (recovery, buffers of logs) that may still add to outbox or queue; a flush waits for them.
        var producers = 0
        /// The outbox may hold files that were not looked at.
        var outboxChanged = true
        /// What waited in memory is being put on disk.
        var isKeeping = false
        /// A task walks through the outbox.
        var outboxBusy = false
        /// When to look again at files that had to be left: another process sends them, or a limit holds them.
        var outboxLookAt: ContinuousClock.Instant?
        /// Files had to be left because of a limit.
        var outboxLimited = false
        var round = SendingRound()
        var limits = ActiveLimits()
        /// When the last client report left; the start counts as one.
        var reportedAt = ContinuousClock.now
        var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        var nextWaiter: UInt64 = 0
        /// A flush asks for an attempt although the server was down a moment ago.
        var urgent = false
        /// A flush asks for a client report.
        var reportAsked = false
        var limiter = LogLimiter()
        /// No more work is taken on; what is left goes to the outbox.
        var closed = false
        var task: Task<Void, Never>?

        init(queueSize: Int) {
            queue = SendQueue(limit: queueSize)
        }
    }

    let configuration: Configuration
    /// nil: nothing can be sent by us.
    let transport: (any Transport)?
    /// The header's `dsn`.
    let dsnText: JSONValue?
    /// What was lost, here or before it came here.
    let reports: ClientReports
    let state: Lock<State>
    let signal = Signal()

    init(_ configuration: Configuration) {
        self.configuration = configuration
        transport = configuration.transport.flatMap { configuration.dsn != nil || !$0.requiresDSN ? $0 : nil }
        dsnText = configuration.dsn.map { .string($0.description) }
        reports = ClientReports(isEnabled: configuration.sendClientReports)
        state = Lock(State(queueSize: configuration.queueSize))
    }

    func start() {
        let task = Task.detached(priority: .utility) { [self] in await run() }
        let late = state.withLock { state in
            if !state.closed { state.task = task }
            return state.closed
        }
        if late { task.cancel() }
    }

    /// In debug lines.
    static func name(_ envelope: Envelope) -> String {
        let types = envelope.items.map(\.type).joined(separator: ", ")
        return envelope.eventID.map { "\(types) \($0)" } ?? types
    }

    /// Says that somebody works on more envelopes, until ``producerEnded(outbox:)``.
    func producerBegan() {
        state.withLock { $0.producers += 1 }
    }

    /// - Parameter outbox: whether something may have been put there.
    func producerEnded(outbox: Bool = true) {
        state.withLock { state in
            state.producers -= 1
            if outbox { state.outboxChanged = true }
        }
        signal.raise()
    }

    /// Something was put into the outbox.
    func outboxChanged() {
        state.withLock { $0.outboxChanged = true }
        signal.raise()
    }

    /// Waits until everything was sent, an attempt failed, or the time is over; at once when there is nothing to send.
    /// - Returns: whether everything was sent (or, without a transport of our own, lies in the outbox).
    func flush(timeout: Duration) async -> Bool {
        enum Start { case ready(Bool), waits(UInt64) }
        let start = state.withLock { state -> Start in
            if state.closed { return .ready(state.queue.isEmpty) }
            if isIdle(state), reports.isEmpty { return .ready(isComplete(state)) }
            defer { state.nextWaiter += 1 }
            return .waits(state.nextWaiter)
        }
        let ticket: UInt64
        switch start {
        case .ready(let complete): return complete
        case .waits(let own): ticket = own
        }
        let end = ContinuousClock.now + timeout
        let timer = Task {
            try? await Task.sleep(until: end)
            if !Task.isCancelled { answer(ticket) }
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard !state.closed, !Task.isCancelled else { return false }
                    state.waiters[ticket] = continuation
                    state.urgent = true
                    state.reportAsked = !reports.isEmpty
                    return true
                }
                if waits { signal.raise() } else { continuation.resume(returning: false) }
                // The timer of a short time may have found nobody waiting yet.
                if waits, end <= .now { answer(ticket) }
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
        end()
        guard let transport = configuration.transport else { return }
        // A second for an orderly end even when the time is used up: connections close without the server's help.
        await Self.atMost(max(deadline - .now, .seconds(1))) { await transport.close() }
    }

    /// What waits in memory or is on its way.
    var pending: Int { state.withLock { $0.queue.count + $0.queue.inFlight.count } }

    /// Ends the task, puts what is left into the outbox. Blocks on the disk only. Idempotent.
    func end() {
        let (task, left, waiters) = state.withLock { state in
            defer {
                state.closed = true
                state.task = nil
                state.waiters = [:]
            }
            // What is on its way may arrive or not: it is kept, and sent again under the same event id.
            return (state.task, state.queue.removeAll(), state.waiters)
        }
        for waiter in waiters.values { waiter.resume(returning: false) }
        task?.cancel()
        signal.raise()
        keep(left)
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
    /// - Parameter reason: by what word that loss is counted.
    func keep(_ envelopes: [Envelope], lostAs reason: DiscardReason = .networkError) {
        guard !envelopes.isEmpty else { return }
        var dropped = Outbox.Dropped()
        var failures = 0
        for (index, envelope) in envelopes.enumerated() {
            do throws(SystemError) {
                guard let outbox = configuration.outbox else { throw SystemError("keep", "", 0) }
                dropped.add(try outbox.store(envelope.readingLatePayloads()))
                configuration.logger.debug("kept \(Self.name(envelope)) in the outbox")
            } catch {
                // One may be too large for what is left of a disk; when two fail, the others would, too.
                failures += 1
                let lost = failures > 1 || configuration.outbox == nil ? envelopes[index...] : envelopes[index...index]
                lose(lost, reason, configuration.outbox.map { _ in "\(error)" })
                if lost.count > 1 { break }
            }
        }
        noteDropped(dropped)
    }

    private func lose(_ envelopes: ArraySlice<Envelope>, _ reason: DiscardReason, _ error: String?) {
        for envelope in envelopes { reports.record(reason, lossOf: envelope) }
        guard let held = pass("keep") else { return }
        let why = error ?? "there is no directory to keep them in"
        configuration.logger.error("\(envelopes.count + held) unsent reports are lost: \(why)")
    }

    /// Counts reports that had to make room, and says so in one line a minute.
    func noteDropped(_ dropped: Outbox.Dropped) {
        guard dropped.files > 0, let outbox = configuration.outbox else { return }
        for (category, quantity) in dropped.losses { reports.record(.cacheOverflow, category, quantity: quantity) }
        configuration.logger.debug("dropped \(dropped.files) of the oldest in the outbox")
        guard pass("dropped") != nil else { return }
        configuration.logger.warning(
            "\(outbox.directory) is full (\(outbox.limits.files) reports, or older than 30 days): its oldest are dropped"
        )
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
