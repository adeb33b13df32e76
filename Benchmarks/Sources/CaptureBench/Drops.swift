// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// What is retained of events that are dropped.
struct Drops {
    let title: String
    let count: Int
    /// KiB of resident memory.
    let before: Double
    let after: Double

    var bytesEach: Double { (after - before) * 1024 / Double(count) }
}

extension CaptureBench {
    func measureDrops() throws -> [Drops] {
        progress("events that are dropped")
        let program = arguments.products.appending(path: "CaptureWorker")
        return try [("queue", "a full queue"), ("rate", "sampleRate 0")].map { reason, title in
            let place = try work.directory("drops-\(reason)")
            let numbers = try Worker.numbers(program, ["drops", place.path, reason, "\(arguments.drops)"])
            guard numbers.count == 2 else { throw BenchError("drops: \(numbers)") }
            return Drops(title: title, count: arguments.drops, before: numbers[0], after: numbers[1])
        }
    }

    /// A page or two is the allocator's; a byte for every event would be a mebibyte for a million.
    func targets(_ drops: [Drops]) -> [Target] {
        drops.map { drops in
            Target(
                figure: "retained of \(drops.count) events dropped by \(drops.title)", limit: "nothing (< 0.5 B each)",
                measured: "\((drops.after - drops.before).signed) KiB, \(drops.bytesEach.short) B each",
                isMet: drops.bytesEach < 0.5)
        }
    }
}
