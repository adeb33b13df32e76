// SPDX-License-Identifier: Apache-2.0

internal import FaultlineCrash
internal import FaultlineProtocol

extension Scope {
    /// What runs in this scope belongs to the transaction from now on: a crash has its trace, and tells of it when it is
    /// recorded.
    func enter(_ transaction: Transaction) {
        let label = transaction.name
        let root = transaction.root
        BlackBox.setTrace(
            handle, transaction.traceID, root.spanID, parent: root.parentSpanID, operation: root.state.operation,
            origin: root.state.origin)
        BlackBox.setTransaction(handle, label.name)
        guard let id = transaction.eventID else { return }
        BlackBox.setUnfinished(
            handle,
            [
                "transaction": .string(label.name), "source": .string(label.source.rawValue),
                "start_timestamp": .string(transaction.clock.timestamp(root.state.start).description),
                "event_id": .string(id.description),
                "trace": .object(root.context(transaction.traceID)),
                "sampling": .object(transaction.currentSamplingContext),
            ])
    }

    /// It has ended.
    func leaveTransaction() {
        BlackBox.setUnfinished(handle, nil)
    }
}
