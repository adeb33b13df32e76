// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import FaultlineCrash
internal import FaultlineProtocol

/// Names the frames of captured stacks before their events are sent. It reads files, so it has a thread of its own, and
/// holds up none of the service's tasks.
struct StackNames: Sendable {
    let symbolicator: LiveSymbolicator
    private let queue = DispatchQueue(label: "faultline.symbols", qos: .utility)

    init(_ symbolicator: LiveSymbolicator) {
        self.symbolicator = symbolicator
    }

    func prepare(_ envelope: Envelope) async -> Envelope {
        guard LiveSymbolicator.isNeeded(for: envelope) else { return envelope }
        return await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: symbolicator.prepare(envelope)) }
        }
    }
}
