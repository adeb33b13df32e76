// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineFiles
internal import FaultlineProtocol
internal import Logging

extension Sender {
    /// The long task: starts lanes while there is something to send, else sleeps until it is told or a server may be tried
    /// again. A lane that hangs holds up neither the others nor this.
    func run() async {
        if let outbox = configuration.outbox { noteDropped(outbox.tidy()) }
        await withDiscardingTaskGroup { tasks in
            while !Task.isCancelled {
                configuration.watch?.look(isUrgent: state.withLock { !$0.waiters.isEmpty })
                switch nextStep() {
                case .pause(let pause, let waiters):
                    if configuration.outbox != nil { keepQueue() }
                    for waiter in waiters { waiter.resume(returning: false) }
                    await signal.wait(upTo: pause)
                case .keep:
                    keepQueue()
                case .lane:
                    tasks.addTask { [self] in await lane() }
                case .walk:
                    tasks.addTask { [self] in await walkOutbox() }
                case .report:
                    tasks.addTask { [self] in
                        await sendReport(ifOlderThan: .zero)
                        state.withLock { $0.lanes -= 1 }
                        signal.raise()
                    }
                case .idle(let complete, let waiters):
                    for waiter in waiters { waiter.resume(returning: complete) }
                    await signal.wait(upTo: untilNextLook)
                case .wait:
                    await signal.wait(upTo: untilNextLook)
                }
            }
        }
    }

    typealias Waiter = CheckedContinuation<Bool, Never>

    private enum Step {
        /// The server is down. Flushes that came in until then are answered, and no later ones.
        case pause(Duration, [Waiter])
        /// There is no way to send.
        case keep
        case lane
        case walk
        case report
        /// Nothing to do; whether everything was sent.
        case idle(Bool, [Waiter])
        /// Others are at work.
        case wait
    }

    private func nextStep() -> Step {
        state.withLock { state in
            defer { state.urgent = false }
            if let pause = state.round.pause(urgent: state.urgent) { return .pause(pause, state.takeWaiters()) }
            guard transport != nil else {
                if !state.queue.isEmpty { return .keep }
                return isIdle(state) ? .idle(isComplete(state), state.takeWaiters()) : .wait
            }
            // One alone tries whether a server is there again.
            if state.round.isDown, state.lanes > 0 || state.outboxBusy { return .wait }
            if wantsLane(state) {
                state.lanes += 1
                return .lane
            }
            let isTime = state.outboxLookAt.map { $0 <= .now } ?? false
            if configuration.outbox != nil, !state.outboxBusy, state.outboxChanged || isTime {
                state.outboxBusy = true
                state.outboxChanged = false
                state.outboxLookAt = nil
                state.outboxLimited = false
                return .walk
            }
            guard isIdle(state) else { return .wait }
            if state.reportAsked {
                state.reportAsked = false
                state.lanes += 1
                return .report
            }
            return .idle(isComplete(state), state.takeWaiters())
        }
    }

    private var untilNextLook: Duration? {
        let own = state.withLock { state -> Duration? in
            // While one tries whether a server is there again, nobody looks at the outbox.
            if state.outboxBusy || (state.round.isDown && state.lanes > 0) { return nil }
            return state.outboxLookAt.map { max(.zero, $0 - .now) }
        }
        guard let pause = configuration.watch?.pause else { return own }
        return min(own ?? pause, pause)
    }

    /// Whether one more task would empty the queue sooner: one for every few envelopes that wait.
    func wantsLane(_ state: State) -> Bool {
        guard !state.closed, !state.queue.isEmpty else { return false }
        guard let transport, !state.round.isDown else { return state.lanes == 0 }
        return state.lanes < min(max(1, transport.concurrency), 1 + state.queue.count / 8)
    }

    /// Whether a flush that waits has nothing more to wait for.
    func isIdle(_ state: State) -> Bool {
        let sendsWaiting = configuration.outbox != nil && transport != nil
        return state.queue.isEmpty && !state.isKeeping && state.lanes == 0 && state.producers == 0 && !state.outboxBusy
            && !(sendsWaiting && state.outboxChanged)
    }

    /// Of what there was: whether a flush may say that it was sent.
    func isComplete(_ state: State) -> Bool {
        (transport != nil || configuration.transport == nil) && !state.outboxLimited
    }

    /// Puts what waits in memory on disk. Until it is there, no flush may say that nothing waits.
    private func keepQueue() {
        let waiting = state.withLock { state in
            state.isKeeping = true
            return state.queue.removeWaiting()
        }
        keep(waiting)
        state.withLock { $0.isKeeping = false }
    }

    // MARK: - Tasks

    /// Empties the queue, and ends when it is empty or the server is down.
    private func lane() async {
        while let (ticket, envelope) = takeNext() { await send(envelope, ticket) }
        signal.raise()
    }

    private func takeNext() -> (UInt64, Envelope)? {
        state.withLock { state in
            let isAlone = state.lanes == 1 || !state.round.isDown
            if isAlone, !state.closed, !Task.isCancelled, state.round.pause() == nil, let next = state.queue.take() {
                return next
            }
            state.lanes -= 1
            return nil
        }
    }

    /// Sends the files of the outbox that are nobody else's, oldest first.
    private func walkOutbox() async {
        await sendWaiting()
        state.withLock { $0.outboxBusy = false }
        signal.raise()
    }

    private func sendWaiting() async {
        guard let outbox = configuration.outbox else { return }
        noteDropped(outbox.dropOld())
        for name in state.withLock({ $0.round.ordered(outbox.names()) }) {
            guard state.withLock({ !$0.closed && $0.round.pause() == nil }), !Task.isCancelled else { return }
            switch OutboxClaim.attempt(name, in: outbox) {
            case .claimed(let claim):
                if isLimited(claim) { continue }
                await send(claim)
                if state.withLock({ $0.waiters.isEmpty }) { try? await Task.sleep(for: configuration.gap) }
            case .gone: continue
            case .busy: state.withLock { $0.lookAgain(at: .now + .seconds(60)) }
            case .unreadable(let reason):
                outbox.quarantine(name, reason: reason)
                configuration.logger.warning(
                    "\(name) in the outbox is no report (\(reason)); it was moved to \(outbox.quarantine.directory)")
            }
        }
    }

    /// What lies on disk waits as a whole until no limit holds any of it: nothing of a crash is lost.
    private func isLimited(_ claim: OutboxClaim) -> Bool {
        let isLimited = state.withLock { state in
            guard let end = state.limits.end(of: claim.envelope) else { return false }
            state.outboxLimited = true
            state.lookAgain(at: end)
            return true
        }
        if isLimited { configuration.logger.debug("rate limited: \(claim.name) waits in the outbox") }
        return isLimited
    }
}

extension Sender.State {
    fileprivate mutating func takeWaiters() -> [Sender.Waiter] {
        defer { waiters = [:] }
        return Array(waiters.values)
    }

    mutating func lookAgain(at time: ContinuousClock.Instant) {
        outboxLookAt = min(outboxLookAt ?? time, time)
    }
}
