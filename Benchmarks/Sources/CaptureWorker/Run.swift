// SPDX-License-Identifier: Apache-2.0

import CCapture
import Faultline

/// One operation, over and over, on one thread or several at once, each in a scope of its own.
final class Run {
    let operation: Operation
    private let calls: Int
    private let batches: Int
    private let threads: Int
    /// Each thread's lie apart: nothing is shared while the time runs.
    private let results: UnsafeMutablePointer<[Double]>
    private let taken: UnsafeMutablePointer<Int>

    /// Of what was captured; closed while the time runs.
    private let gate: GatedTransport

    init(operation: Operation, calls: Int, batches: Int, threads: Int, gate: GatedTransport) {
        self.gate = gate
        self.operation = operation
        self.calls = calls
        self.batches = batches
        self.threads = threads
        results = .allocate(capacity: threads)
        results.initialize(repeating: [], count: threads)
        taken = .allocate(capacity: threads)
        taken.initialize(repeating: 0, count: threads)
    }

    deinit {
        results.deinitialize(count: threads)
        results.deallocate()
        taken.deallocate()
    }

    /// Of one call, in each batch.
    var nanoseconds: [Double] { (0..<threads).flatMap { results[$0] } }
    /// Captures that gave an id.
    var accepted: Int { (0..<threads).reduce(0) { $0 + taken[$1] } }

    func measure() {
        capture_on_threads(Int32(threads), Unmanaged.passUnretained(self).toOpaque()) { context, number in
            guard let context else { return }
            Unmanaged<Run>.fromOpaque(context).takeUnretainedValue().measure(thread: Int(number))
        }
    }

    private func measure(thread: Int) {
        FaultlineSDK.withIsolationScope { _ in
            Workload.fillScope()
            var times: [Double] = [], accepted = 0
            switch operation {
            case .setTag: times = timed(thread) { Workload.setTag($0) }
            case .addBreadcrumb: times = timed(thread) { Workload.addBreadcrumb($0) }
            case .captureMessage: times = timed(thread) { _ in accepted += Workload.captureMessage() ? 1 : 0 }
            case .captureException:
                // Thrown once: the throwing is not ours, and the stack is that of the capture.
                let error = Workload.OrderError(order: 17)
                _ = Workload.atDepth(Workload.stackDepth) {
                    times = timed(thread) { _ in accepted += FaultlineSDK.captureException(error) != nil ? 1 : 0 }
                }
            }
            FaultlineSDK.captureMessage("what the scope holds now")
            (results[thread], taken[thread]) = (times, accepted)
        }
    }

    @inline(__always)
    private func timed(_ thread: Int, _ body: (Int) -> Void) -> [Double] {
        var times: [Double] = []
        times.reserveCapacity(batches)
        for batch in 0..<batches {
            if thread == 0 { gate.closeGate() }
            capture_meet()
            let began = capture_clock()
            for call in 0..<calls { body(batch * calls + call) }
            times.append(Double(capture_clock() - began) / Double(calls))
            capture_meet()
            if operation.captures, thread == 0 {
                gate.openGate()
                flush()
            }
        }
        return times
    }
}
