// SPDX-License-Identifier: Apache-2.0

internal import FaultlineFiles
internal import FaultlineProtocol
internal import Logging

/// The way into the queue, and what does not get in.
extension Sender {
    /// - Returns: false when the queue is full (the envelope is dropped and counted), when there is neither a way to send
    ///   nor a place to keep, or after ``close(timeout:)``.
    func enqueue(_ envelope: Envelope) -> Bool {
        guard configuration.outbox != nil || transport != nil else { return false }
        enum Fate { case queued(wake: Bool), full(lost: Int?), closed }
        let fate = state.withLock { state -> Fate in
            guard !state.closed else { return .closed }
            return state.queue.append(envelope)
                ? .queued(wake: wantsLane(state)) : .full(lost: Self.noteOverflow(in: &state))
        }
        switch fate {
        case .queued(let wake):
            configuration.logger.debug("queued \(Self.name(envelope))")
            if wake { signal.raise() }
            return true
        case .full(let lost):
            reports.record(.queueOverflow, lossOf: envelope)
            tellOverflow(of: Self.name(envelope), lost)
            return false
        case .closed: return false
        }
    }

    /// Whether a transaction would be dropped because the queue is full; counted then. Asked before it is put together:
    /// overload is when it costs most.
    /// - Parameter spans: the transaction's, itself among them.
    func refuses(transaction name: String, spans: Int) -> Bool {
        let (isFull, lost) = state.withLock { state in
            guard !state.closed, state.queue.isFull else { return (false, nil as Int?) }
            return (true, Self.noteOverflow(in: &state))
        }
        guard isFull else { return false }
        reports.record(.queueOverflow, transactionOf: spans)
        tellOverflow(of: name, lost)
        return true
    }

    /// - Returns: how many to tell of; nil: not now.
    private static func noteOverflow(in state: inout State) -> Int? {
        state.overflowed += 1
        return state.limiter.pass("overflow").map { $0 + 1 }
    }

    private func tellOverflow(of name: @autoclosure () -> String, _ lost: Int?) {
        configuration.logger.debug("dropped \(name()): the queue is full")
        guard let lost else { return }
        configuration.logger.warning("\(lost) events were dropped: \(configuration.queueSize) wait to be sent already")
    }

    /// Whether more than this can be sent at the moment: the queue is full, or the server wants less.
    var isCongested: Bool {
        state.withLock { $0.queue.isFull || $0.limits.isInForce }
    }
}
