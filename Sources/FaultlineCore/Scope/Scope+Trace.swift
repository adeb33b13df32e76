// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol

extension Scope {
    /// What runs in this scope belongs to the transaction from now on: a crash has its trace, and tells of it when it is
    /// recorded.
    func enter(_ transaction: Transaction) {
        let label = transaction.name
        let context = transaction.root.context(transaction.traceID)
        setTrace(context)
        BlackBox.setTransaction(handle, label.name)
        guard transaction.decision.sampled else { return }
        BlackBox.setUnfinished(
            handle,
            [
                "transaction": .string(label.name), "source": .string(label.source.rawValue),
                "start_timestamp": .string(transaction.clock.timestamp(transaction.root.state.start).description),
                "event_id": .string(transaction.eventID.description),
                "trace": .object(context),
                "sampling": .object(transaction.currentSamplingContext),
            ])
    }

    /// It has ended.
    func leaveTransaction() {
        BlackBox.setUnfinished(handle, nil)
    }
}
