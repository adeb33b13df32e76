// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import Foundation

struct SymbolsBench {
    let arguments: Arguments
    let work: URL
    private let stopwatch: URL

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        work = arguments.directory.appending(path: "symbols-bench-\(ProcessInfo.processInfo.processIdentifier)")
        stopwatch = arguments.products.appending(path: "Stopwatch")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: false)
    }

    func run() throws {
        defer { try? FileManager.default.removeItem(at: work) }
        let machine = Machine(fileSystemOf: work)
        var results: [Figures] = []
        for binary in arguments.binaries {
            let answers = work.appending(path: "\(binary.name).answers")
            _ = try Run(
                Symbolizer.faultline.commandLine(arguments, binary: binary, indexes: ""),
                input: URL(filePath: binary.addresses), output: answers, stopwatch: stopwatch)
            let text = try String(contentsOf: answers, encoding: .utf8)
            for workload in try Workload.all(of: binary, answers: text, directory: work) {
                results.append(try measure(workload))
            }
        }
        print(machine.text(commit: arguments.commit, "files", "The page cache is warm."))
        print("\n### Targets\n")
        print(targets(results).text)
        print("\n### Whole processes\n")
        print(table(results))
    }

    // MARK: - Measuring

    private struct Figures {
        let workload: Workload
        var ways: [Symbolizer: Way] = [:]

        struct Way {
            var milliseconds = Samples()
            /// Of llvm-symbolizer's time in the same round.
            var part = Samples()
            var peak = Samples()
            var inProcess = Samples()

            mutating func add(_ run: Run, beside peer: Run) {
                milliseconds.add(run.milliseconds)
                part.add(run.milliseconds / peer.milliseconds)
                peak.add(run.peak)
                if let time = run.inProcess { inProcess.add(time) }
            }
        }
    }

    /// A round has each symbolizer once, in random order: what the machine does meanwhile meets all.
    private func measure(_ workload: Workload) throws -> Figures {
        progress("\(workload.binary.name), \(workload.kind.name)")
        let indexes = work.appending(path: "indexes")
        var figures = Figures(workload: workload)
        for round in 0...arguments.rounds {
            var runs: [Symbolizer: Run] = [:]
            for symbolizer in Symbolizer.allCases.shuffled() where !symbolizer.isSlow || round <= arguments.slowRounds {
                runs[symbolizer] = try Run(
                    symbolizer.commandLine(arguments, binary: workload.binary, indexes: indexes.path),
                    input: workload.input, output: work.appending(path: "output"), stopwatch: stopwatch)
            }
            guard round > 0, let peer = runs[.llvm] else { continue }  // the first fills the page cache
            for (symbolizer, run) in runs {
                figures.ways[symbolizer, default: .init()].add(run, beside: peer)
            }
        }
        return figures
    }

    // MARK: - Telling

    private func targets(_ results: [Figures]) -> [Target] {
        results.flatMap { figures in
            let name = "\(figures.workload.kind.name), \(figures.workload.binary.name)"
            let limit = figures.workload.kind == .stack ? 0.1 : 0.2
            var targets = [part(of: .faultline, figures, name, limit)]
            if figures.workload.kind == .stack {
                targets.append(part(of: .faultlineIndexed, figures, "\(name), with an index file", 0.04))
            }
            let peaks = [Symbolizer.faultline, .faultlineIndexed].compactMap { figures.ways[$0]?.peak.sorted.last }
            let peak = peaks.max() ?? .nan
            targets.append(
                Target(
                    figure: "peak RSS: \(name)", limit: "<= 20 MiB", measured: "\(peak.short) MiB", isMet: peak <= 20))
            return targets
        }
    }

    private func part(of symbolizer: Symbolizer, _ figures: Figures, _ name: String, _ limit: Double) -> Target {
        let part = figures.ways[symbolizer]?.part.median
        return Target(
            figure: name, limit: "<= \(limit.short) of llvm-symbolizer's time",
            measured: part?.short ?? "nothing", isMet: part.map { $0 <= limit } ?? false)
    }

    private func table(_ results: [Figures]) -> String {
        var table = Table([
            "binary", "workload", "program", "runs", "ms", "of llvm-symbolizer's", "peak RSS, MiB",
            "in the process, ms",
        ])
        for figures in results {
            for symbolizer in Symbolizer.allCases {
                guard let way = figures.ways[symbolizer] else { continue }
                table.add([
                    figures.workload.binary.name, figures.workload.kind.name, symbolizer.name,
                    "\(way.milliseconds.count)", way.milliseconds.text, way.part.text, way.peak.text,
                    way.inProcess.count > 0 ? way.inProcess.text : "",
                ])
            }
        }
        return table.text
    }
}
