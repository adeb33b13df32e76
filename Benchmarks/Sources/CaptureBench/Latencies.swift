// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// Nanoseconds of single calls of addBreadcrumb: at the median, 99 %, 99.9 %, 99.99 %, and the longest.
struct Latency {
    let box: String
    let disturbed: Bool
    let nanoseconds: [Double]
}

extension CaptureBench {
    /// With the box on disk and in memory, while another process syncs a file on that disk and while none does; and the
    /// clock alone, which shows what the machine takes away from any loop.
    func measureLatencies() throws -> [Latency] {
        let program = arguments.products.appending(path: "CaptureWorker")
        let memory = arguments.memoryDirectory.appending(
            path: try work.directory("latency").lastPathComponent + "-\(getpid())")
        try FileManager.default.createDirectory(at: memory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: memory) }
        var results: [Latency] = []
        for disturbed in [false, true] {
            progress("addBreadcrumb call by call\(disturbed ? ", while another process syncs" : "")")
            let disk = try work.directory("latency-\(disturbed)")
            let syncer = disturbed ? try Worker(program, ["sync", disk.appending(path: "synced").path]) : nil
            defer { syncer?.end() }
            for (box, place, what) in [
                ("on disk", disk, "\(arguments.calls)"), ("on tmpfs", memory, "\(arguments.calls)"),
                ("the clock alone", disk, "bare:\(arguments.calls)"),
            ] {
                let numbers = try Worker.numbers(program, ["latency", place.path, what])
                guard numbers.count == 5 else { throw BenchError("latency: \(numbers)") }
                results.append(Latency(box: box, disturbed: disturbed, nanoseconds: numbers))
            }
        }
        return results
    }

    func table(_ latencies: [Latency]) -> String {
        var table = Table(["box", "another process", "calls", "median", "99 %", "99.9 %", "99.99 %", "longest"])
        for latency in latencies {
            table.add(
                [latency.box, latency.disturbed ? "syncs on the disk" : "idle", "\(arguments.calls)"]
                    + latency.nanoseconds.map(Self.time))
        }
        return table.text
    }
}
