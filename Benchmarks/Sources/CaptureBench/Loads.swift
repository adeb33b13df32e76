// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// Events into a server on the loopback address, at an even rate.
struct Load {
    let title: String
    let isSlow: Bool
    let given: Int
    let accepted: Double
    let arrived: Double
    let seconds: Double
    /// MiB of resident memory.
    let before: Double
    let peak: Double

    var acceptedRate: Double { accepted / seconds }
}

/// What AsyncHTTPClient does alone, into the same server.
struct BareLoad {
    let requests: Double
    let seconds: Double

    var rate: Double { requests / seconds }
}

extension CaptureBench {
    private static let rate = 20_000
    /// Microseconds that the slow server takes for each request: a hundred times what the other has for one at this rate.
    private static let slow = 5000

    func measureLoads() throws -> [Load] {
        try [false, true].map { isSlow in
            let title = isSlow ? "100 times slower" : "as fast as it can"
            progress("\(Self.rate) events a second into a server: \(title)")
            let server = try Worker(
                arguments.products.appending(path: "LoopbackServer"), ["\(isSlow ? Self.slow : 0)"])
            defer { server.end() }
            let place = try work.directory("load-\(isSlow)")
            let dsn = "http://0123456789abcdef0123456789abcdef@127.0.0.1:\(try server.line())/1"
            let numbers = try Worker.numbers(
                arguments.products.appending(path: "CaptureWorker"),
                ["load", place.path, dsn, "\(Self.rate)", "\(arguments.seconds)"])
            guard numbers.count == 6, let arrived = Double(try server.terminate()) else {
                throw BenchError("load: \(numbers)")
            }
            return Load(
                title: title, isSlow: isSlow, given: Self.rate * arguments.seconds, accepted: numbers[0],
                arrived: arrived, seconds: numbers[1] / 1_000_000, before: numbers[3] / 1024, peak: numbers[4] / 1024)
        }
    }

    func measureBareLoad() throws -> BareLoad {
        progress("requests of AsyncHTTPClient alone")
        let server = try Worker(arguments.products.appending(path: "LoopbackServer"), ["0"])
        defer { server.end() }
        let numbers = try Worker.numbers(
            arguments.products.appending(path: "CaptureWorker"),
            ["bare", try server.line(), "\(arguments.seconds)"])
        guard numbers.count == 2, numbers[1] > 0 else { throw BenchError("bare load: \(numbers)") }
        return BareLoad(requests: numbers[0], seconds: numbers[1] / 1_000_000)
    }

    func targets(_ loads: [Load]) -> [Target] {
        loads.map { load in
            if load.isSlow {
                return Target(
                    figure: "memory while the server is 100 times slower", limit: "bounded (<= 64 MiB more)",
                    measured: "\((load.peak - load.before).signed) MiB, \(load.peak.short) MiB at most",
                    isMet: load.peak - load.before <= 64)
            }
            return Target(
                figure: "events into a loopback server, each second", limit: ">= 20,000",
                measured: "\((min(load.accepted, load.arrived) / load.seconds).short) accepted and arrived",
                isMet: min(load.accepted, load.arrived) >= Double(load.given))
        }
    }

    func table(_ loads: [Load], beside bare: BareLoad) -> String {
        var table = Table([
            "server", "given", "seconds", "accepted", "accepted a second", "dropped at once", "requests that arrived",
            "RSS before, MiB", "peak RSS, MiB",
        ])
        for load in loads {
            table.add([
                load.title, "\(load.given)", load.seconds.short, load.accepted.short, load.acceptedRate.short,
                (Double(load.given) - load.accepted).short, load.arrived.short, load.before.short, load.peak.short,
            ])
        }
        table.add([
            "AsyncHTTPClient alone, as fast as it can", "-", bare.seconds.short, "-", "-", "-",
            "\(bare.requests.short) (\(bare.rate.short) a second)", "-", "-",
        ])
        return table.text
    }
}
