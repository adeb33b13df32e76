// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

/// A Hummingbird server under load.
enum Server: CaseIterable {
    case bare, unrecorded, recorded, posting

    var title: String {
        switch self {
        case .bare: "bare"
        case .unrecorded: "middleware, sampled at 0"
        case .recorded: "middleware, sampled at \(TracingBench.rate)"
        case .posting: "without Faultline: AsyncHTTPClient alone posts for \(TracingBench.rate) of the requests"
        }
    }
}

/// In all rounds.
struct Served {
    /// Requests a second.
    var rate = Samples()
    /// The same by the bare server's in the same round.
    var part = Samples()
    /// Envelopes that came to the other server, a second.
    var arrived = Samples()
}

extension TracingBench {
    static let rate = "0.1"

    func measureServers() throws -> [Server: Served] {
        progress("a Hummingbird server, with the middleware and without")
        var servers: [Server: Served] = [:]
        for round in 0...arguments.rounds {
            var rates: [Server: Double] = [:], arrived: [Server: Double] = [:]
            for server in Server.allCases.shuffled() {
                (rates[server], arrived[server]) = try load(server, work.directory("\(server)-\(round)"))
            }
            guard round > 0, let bare = rates[.bare] else { continue }  // the first warms up
            for server in Server.allCases {
                guard let rate = rates[server], let arrived = arrived[server] else { continue }
                servers[server, default: Served()].rate.add(rate)
                servers[server, default: Served()].part.add(rate / bare)
                servers[server, default: Served()].arrived.add(arrived)
            }
        }
        return servers
    }

    /// - Returns: requests a second, and envelopes a second.
    private func load(_ server: Server, _ place: URL) throws -> (Double, Double) {
        let sink = try Worker(arguments.products.appending(path: "LoopbackServer"), ["0"])
        defer { sink.end() }
        let port = try sink.line()
        let dsn = "http://0123456789abcdef0123456789abcdef@127.0.0.1:\(port)/1"
        let options =
            switch server {
            case .bare: ["serve", place.path, "bare"]
            case .unrecorded: ["serve", place.path, "0", dsn]
            case .recorded: ["serve", place.path, Self.rate, dsn]
            case .posting: ["post", Self.rate, port]
            }
        let worker = try Worker(arguments.products.appending(path: "TracingWorker"), options)
        defer { worker.end() }
        let rate = try requests(to: worker.line())
        guard let arrived = Double(try sink.terminate()) else { throw BenchError("LoopbackServer tells no number") }
        let expected = server == .recorded || server == .posting
        guard !expected || arrived > 0 else { throw BenchError("\(server.title): nothing arrived") }
        return (rate, arrived / Double(arguments.seconds))
    }

    private func requests(to port: String) throws -> Double {
        let wrk = Process(), output = Pipe()
        wrk.executableURL = URL(filePath: "/usr/bin/env")
        wrk.arguments = ["wrk", "-t1", "-c32", "-d\(arguments.seconds)s", "http://127.0.0.1:\(port)/orders/17"]
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

    func targets(_ servers: [Server: Served]) -> [Target] {
        guard let recorded = servers[.recorded] else { return [] }
        return [
            Target(
                figure: "requests a second with the middleware, sampled at \(Self.rate)",
                limit: ">= 0.95 of the bare server's",
                measured: recorded.part.text, isMet: recorded.part.median >= 0.95)
        ]
    }

    func table(_ servers: [Server: Served]) -> String {
        var table = Table(["server", "rounds", "requests a second", "part of the bare one's", "envelopes a second"])
        for server in Server.allCases {
            guard let served = servers[server] else { continue }
            table.add([
                server.title, "\(served.rate.count)", served.rate.text, served.part.text, served.arrived.text,
            ])
        }
        return table.text
    }
}
