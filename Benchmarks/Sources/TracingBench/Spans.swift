// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// A span within the transaction that runs, or a request of its own, by Faultline and by sentry-python.
struct Operation: Hashable {
    let name: String
    /// Of the transaction.
    let isRecorded: Bool
    /// Nanoseconds; nil: told, but without a target.
    let limit: Double?
    let title: String

    static let batches = 40
    /// In a batch; a transaction takes 1,000 spans.
    static let calls = 500

    static let all = [
        Operation(name: "start", isRecorded: true, limit: 1000, title: "start and finish, recorded"),
        Operation(name: "start", isRecorded: false, limit: 100, title: "start and finish, not recorded"),
        Operation(name: "within", isRecorded: true, limit: nil, title: "around a closure, recorded"),
        Operation(name: "within", isRecorded: false, limit: nil, title: "around a closure, not recorded"),
        Operation(
            name: "request", isRecorded: false, limit: nil, title: "a request in a scope of its own, not recorded"),
    ]
}

/// Of one operation.
struct Figures {
    /// Nanoseconds of one call; each sample is the median of a round's batches.
    var own = Samples()
    var peer = Samples()
    /// How many times as long sentry-python takes, in the same round.
    var ratio = Samples()
}

extension TracingBench {
    func measureSpans() throws -> [Operation: Figures] {
        progress("spans, beside sentry-python")
        var own: [Bool: Worker] = [:], peer: [Bool: Worker] = [:]
        for isRecorded in [false, true] {
            let rate = isRecorded ? "1" : "0", place = try work.directory("spans-\(rate)")
            own[isRecorded] = try Worker(
                arguments.products.appending(path: "TracingWorker"), ["spans", place.path, rate])
            peer[isRecorded] = try Worker(URL(filePath: arguments.python), [arguments.peer, rate])
        }
        defer { (Array(own.values) + Array(peer.values)).forEach { $0.end() } }
        var figures: [Operation: Figures] = [:]
        for round in 0...arguments.rounds {
            for operation in Operation.all.shuffled() {
                let ours = try time(own[operation.isRecorded], operation)
                let theirs = try time(peer[operation.isRecorded], operation)
                guard round > 0 else { continue }  // the first warms up
                figures[operation, default: Figures()].own.add(ours)
                figures[operation, default: Figures()].peer.add(theirs)
                figures[operation, default: Figures()].ratio.add(theirs / ours)
            }
        }
        return figures
    }

    private func time(_ worker: Worker?, _ operation: Operation) throws -> Double {
        let answer = try worker?.ask("\(operation.name) \(Operation.calls) \(Operation.batches)") ?? ""
        var batches = Samples()
        for value in answer.split(separator: " ").compactMap({ Double($0) }) { batches.add(value / 100) }
        guard batches.count == Operation.batches else { throw BenchError("\(operation.name): \(answer)") }
        return batches.median
    }

    func targets(_ spans: [Operation: Figures]) -> [Target] {
        Operation.all.compactMap { operation in
            guard let limit = operation.limit, let figures = spans[operation] else { return nil }
            return Target(
                figure: operation.title, limit: "<= \(limit.short) ns", measured: "\(figures.own.text) ns",
                isMet: figures.own.median <= limit)
        }
    }

    func table(_ spans: [Operation: Figures]) -> String {
        var table = Table(["operation", "rounds", "Faultline, ns", "sentry-python, ns", "times as long"])
        for operation in Operation.all {
            guard let figures = spans[operation] else { continue }
            table.add([
                operation.title, "\(figures.own.count)", figures.own.text, figures.peer.text, figures.ratio.text,
            ])
        }
        return table.text
    }
}
