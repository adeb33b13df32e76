// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// Requests a second of a Hummingbird server.
struct Servers {
    var bare = Samples()
    var traced = Samples()
    /// The second by the first, in the same round.
    var ratio = Samples()
}

extension TracingBench {
    private static let rate = "0.1"

    func measureServers() throws -> Servers {
        progress("a Hummingbird server, with the middleware and without")
        let sink = try Worker(arguments.products.appending(path: "LoopbackServer"), ["0"])
        defer { sink.end() }
        let dsn = "http://0123456789abcdef0123456789abcdef@127.0.0.1:\(try sink.line())/1"
        var servers = Servers()
        for round in 0...arguments.rounds {
            var rates: [Bool: Double] = [:]
            for isTraced in [false, true].shuffled() {
                let place = try directory("server-\(round)")
                rates[isTraced] = try requests([place.path] + (isTraced ? [Self.rate, dsn] : ["bare"]))
            }
            guard round > 0, let bare = rates[false], let traced = rates[true] else { continue }
            servers.bare.add(bare)
            servers.traced.add(traced)
            servers.ratio.add(traced / bare)
        }
        return servers
    }

    private func requests(_ options: [String]) throws -> Double {
        let server = try Worker(arguments.products.appending(path: "TracingWorker"), ["serve"] + options)
        defer { server.end() }
        let wrk = Process(), output = Pipe()
        wrk.executableURL = URL(filePath: "/usr/bin/env")
        wrk.arguments = [
            "wrk", "-t1", "-c32", "-d\(arguments.seconds)s", "http://127.0.0.1:\(try server.line())/orders/17",
        ]
        wrk.standardOutput = output
        try wrk.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        wrk.waitUntilExit()
        let lines = text.split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("Requests/sec:") }),
            let rate = Double(line.drop { $0 != " " }.drop { $0 == " " }), !text.contains("Non-2xx"),
            !text.contains("Socket errors")
        else { throw BenchError("wrk: \(text)") }
        return rate
    }

    func targets(_ servers: Servers) -> [Target] {
        [
            Target(
                figure: "requests a second with the middleware, sampled at \(Self.rate)",
                limit: ">= 0.95 of the bare server's",
                measured: servers.ratio.text, isMet: servers.ratio.median >= 0.95)
        ]
    }

    func table(_ servers: Servers) -> String {
        var table = Table(["rounds", "bare, requests a second", "with the middleware", "part of the bare one's"])
        table.add(["\(servers.bare.count)", servers.bare.text, servers.traced.text, servers.ratio.text])
        return table.text
    }
}
