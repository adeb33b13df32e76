// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import CDriver
import CVictim
import Foundation

/// How long a crash takes, by way and scenario, in milliseconds.
struct Deaths {
    private struct Cell {
        var death = Samples()
        var envelope = Samples()
        var size = Samples()
        /// Runs whose report had every thread, with its whole stack.
        var whole = 0
        var threads = 0
    }

    private struct Key: Hashable {
        let way: Way
        let scenario: Scenario
    }

    private var cells: [Key: Cell] = [:]

    // MARK: - Measuring

    /// Each round has every pair of way and scenario once, in random order: what the machine does meanwhile meets all of
    /// them. The rounds with the backtracer are spread over the others.
    mutating func measure(_ laboratory: Laboratory, rounds: Int, slowRounds: Int) throws {
        for round in 0..<rounds {
            let isSlow = (round + 1) * slowRounds / rounds != round * slowRounds / rounds
            progress("deaths, round \(round + 1) of \(rounds)\(isSlow ? ", with the backtracer" : "")")
            let keys = Scenario.all.flatMap { scenario in Way.allCases.map { Key(way: $0, scenario: scenario) } }
            for key in keys.shuffled() where isSlow || !key.way.hasBacktracer {
                // It takes a minute for each death of a thousand threads.
                if key.way == .backtracerOfSameProgram && key.scenario.threads > 256 { continue }
                try measure(laboratory, key)
            }
        }
    }

    private mutating func measure(_ laboratory: Laboratory, _ key: Key) throws {
        try laboratory.withVictim(key.way, key.scenario) { process, place in
            let run = key.way.hasFaultline ? try place.run() : nil
            var death = driver_death()
            try laboratory.check("\(key.way.name), \(key.scenario.name) threads: die", place.output) {
                driver_go_and_await_death(&process, key.way.isWatched ? run?.path : nil, 120, &death)
            }
            guard death.status & 0x7f == SIGSEGV, let page = process.page?.pointee else {
                throw BenchError("\(key.way.name): died with status \(death.status), not by SIGSEGV")
            }
            func milliseconds(_ time: UInt64) -> Double { (Double(time) - Double(page.fault_time)) / 1e6 }
            var cell = cells[key] ?? Cell()
            cell.death.add(milliseconds(death.death_time))
            if death.envelope_time != 0 { cell.envelope.add(milliseconds(death.envelope_time)) }
            if let run {
                let file = try CrashFile(run.appending(path: "crash.envelope"), of: page)
                cell.size.add(Double(file.size) / 1024)
                cell.threads = max(cell.threads, file.threads + 1)
                cell.whole += file.isWhole && file.wholeThreads == key.scenario.threads - 1 ? 1 : 0
            } else if key.way.hasBacktracer {
                let text = try String(contentsOf: place.output, encoding: .utf8)
                let threads = text.split(separator: "\n").count { $0.hasPrefix("Thread ") }
                cell.size.add(Double(text.utf8.count) / 1024)
                cell.threads = max(cell.threads, threads)
                cell.whole += threads >= key.scenario.threads ? 1 : 0
            }
            cells[key] = cell
        }
    }

    // MARK: - Telling

    private func cell(_ way: Way, _ scenario: Scenario) -> Cell { cells[Key(way: way, scenario: scenario)] ?? Cell() }

    /// Of the medians.
    private func overBare(_ way: Way, _ scenario: Scenario) -> Double {
        cell(way, scenario).death.median - cell(.bare, scenario).death.median
    }

    /// Not a number where the backtracer was not run.
    private func partOfBacktracer(_ way: Way, _ scenario: Scenario, _ peer: Way = .backtracer) -> Double {
        overBare(way, scenario) / overBare(peer, scenario)
    }

    var text: String {
        var table = Table([
            "threads", "way", "runs", "fault to death, ms", "over bare, ms", "part of backtracer's",
            "fault to envelope, ms", "all threads in", "report, KiB",
        ])
        for scenario in Scenario.all {
            for way in Way.allCases {
                let cell = cell(way, scenario)
                guard cell.death.count > 0 else { continue }
                let reports = way != .bare
                table.add([
                    scenario.name, way.name, "\(cell.death.count)", cell.death.text,
                    reports ? overBare(way, scenario).signed : "",
                    reports ? partOfBacktracer(way, scenario).part : "",
                    cell.envelope.count > 0 ? cell.envelope.text : "",
                    reports ? "\(cell.whole) of \(cell.death.count), \(cell.threads) threads" : "",
                    reports ? String(format: "%.0f", cell.size.median) : "",
                ])
            }
        }
        let watching = Scenario.all.map { "\(overUnwatched($0).signed) ms (\($0.name))" }.joined(separator: ", ")
        return table.text + "\n\nWatching the directory changes the death by \(watching)."
    }

    private func overUnwatched(_ scenario: Scenario) -> Double {
        cell(.faultlineWatched, scenario).death.median - cell(.faultline, scenario).death.median
    }

    var targets: [Target] {
        [
            time(.one, 0.4), time(.many, 6), part(.many), time(.most, 20), growth, time(.busy, 60),
            allThreads,
        ]
    }

    private func time(_ scenario: Scenario, _ limit: Double) -> Target {
        let over = overBare(.faultline, scenario)
        return Target(
            figure: "fault to death over bare, \(scenario.name) thread\(scenario.threads > 1 ? "s" : "")",
            limit: "<= \(limit.formatted()) ms", measured: "\(over.short) ms", isMet: over <= limit)
    }

    /// By the faster one of the two backtracers.
    private func part(_ scenario: Scenario) -> Target {
        let part = [Way.backtracer, .backtracerWithoutNames].map { partOfBacktracer(.faultline, scenario, $0) }.max()
        return Target(
            figure: "the same, part of the backtracer's, with names or without, \(scenario.name) threads",
            limit: "<= 1/5",
            measured: (part ?? .nan).part, isMet: part ?? .nan <= 0.2)
    }

    /// What a thread more costs among many, beside what it costs among few.
    private var growth: Target {
        func slope(_ from: Scenario, _ to: Scenario) -> Double {
            (overBare(.faultline, to) - overBare(.faultline, from)) / Double(to.threads - from.threads) * 1000
        }
        let first = slope(.few, .many)
        let second = slope(.many, .most)
        return Target(
            figure: "a thread more, from 256 to 1,000 threads, beside from 16 to 256", limit: "<= 1.5 times as much",
            measured: "\(second.short) µs and \(first.short) µs, \((second / first).short) times",
            isMet: first > 0 && second > 0 && second / first <= 1.5)
    }

    private var allThreads: Target {
        let ours = cells.filter { $0.key.way.hasFaultline }
        let whole = ours.values.reduce(0) { $0 + $1.whole }
        let runs = ours.values.reduce(0) { $0 + $1.death.count }
        return Target(
            figure: "reports with every thread's whole stack", limit: "all", measured: "\(whole) of \(runs)",
            isMet: whole == runs)
    }
}

extension Double {
    /// "1/12", as the targets are written.
    fileprivate var part: String {
        guard isFinite, self > 0 else { return "-" }
        return self < 1 ? "1/\((1 / self).short)" : short
    }
}
