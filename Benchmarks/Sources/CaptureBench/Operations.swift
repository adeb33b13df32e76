// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// What is timed in rounds, by Faultline and by sentry-python.
struct Operation: Hashable {
    let name: String
    let hooked: Bool
    /// Nanoseconds on one thread; nil: told, but without a target.
    let limit: Double?
    /// In a batch, whose time is one sample: short, so that most batches are not interrupted.
    let calls: Int
    let peerCalls: Int
    let title: String

    static let batches = 40

    static let all = [
        Operation(name: "setTag", hooked: false, limit: 80, calls: 2000, peerCalls: 200, title: "setTag"),
        Operation(
            name: "addBreadcrumb", hooked: false, limit: 250, calls: 500, peerCalls: 100,
            title: "addBreadcrumb, 3 data keys"),
        Operation(
            name: "captureMessage", hooked: false, limit: 5000, calls: 25, peerCalls: 1,
            title: "captureMessage, 100 breadcrumbs"),
        Operation(
            name: "captureException", hooked: false, limit: 10_000, calls: 25, peerCalls: 1,
            title: "captureException, 100 breadcrumbs, 30 frames"),
        Operation(
            name: "captureMessage", hooked: true, limit: nil, calls: 5, peerCalls: 1,
            title: "captureMessage, 100 breadcrumbs, beforeSend"),
    ]
}

/// Of one operation.
struct Figures {
    /// Nanoseconds of one call on one thread; each sample is the median of a round's batches.
    var own = Samples()
    /// On each of two threads at once.
    var ownTwo = Samples()
    /// The second by the first, in the same round.
    var slowdown = Samples()
    var peer = Samples()
    /// How many times as long sentry-python takes, in the same round.
    var ratio = Samples()
}

extension CaptureBench {
    /// A round has each operation once on each side, in random order: what the machine does meanwhile meets all.
    func measureOperations() throws -> [Operation: Figures] {
        progress("operations, beside sentry-python")
        let program = arguments.products.appending(path: "CaptureWorker")
        var own: [Bool: Worker] = [:], peer: [Bool: Worker] = [:]
        for hooked in [false, true] {
            let option = hooked ? ["--before-send"] : []
            let place = try work.directory("operations-\(hooked)")
            own[hooked] = try Worker(program, ["operations", place.path] + option)
            peer[hooked] = try Worker(URL(filePath: arguments.python), [arguments.peer] + option)
        }
        defer { (Array(own.values) + Array(peer.values)).forEach { $0.end() } }
        var figures: [Operation: Figures] = [:]
        for round in 0...arguments.rounds {
            for operation in Operation.all.shuffled() {
                let one = try time(own[operation.hooked], operation, operation.calls, threads: 1)
                let two = try time(own[operation.hooked], operation, operation.calls, threads: 2)
                let other = try time(peer[operation.hooked], operation, operation.peerCalls, threads: 1)
                guard round > 0 else { continue }  // the first warms up
                figures[operation, default: Figures()].own.add(one)
                figures[operation, default: Figures()].ownTwo.add(two)
                figures[operation, default: Figures()].slowdown.add(two / one)
                figures[operation, default: Figures()].peer.add(other)
                figures[operation, default: Figures()].ratio.add(other / one)
            }
        }
        return figures
    }

    private func time(_ worker: Worker?, _ operation: Operation, _ calls: Int, threads: Int) throws -> Double {
        let answer = try worker?.ask("\(operation.name) \(calls) \(Operation.batches) \(threads)") ?? ""
        var batches = Samples()
        for value in answer.split(separator: " ").compactMap({ Double($0) }) { batches.add(value / 100) }
        guard batches.count == Operation.batches * threads else { throw BenchError("\(operation.name): \(answer)") }
        return batches.median
    }
}
