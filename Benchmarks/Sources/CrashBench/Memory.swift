// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import CDriver
import Foundation

/// What the kernel counts for a process with 100 threads, in MiB.
struct Memory: Figure {
    private static let scenario = Scenario(threads: 100, burners: 0)
    private static let fields = ["Rss", "Pss", "Private_Dirty", "Shared_Dirty"]

    private struct Case {
        let name: String
        let way: Way
        let started: Bool
        var samples: [String: Samples] = [:]
    }

    private var cases = [
        Case(name: "without Faultline", way: .bare, started: false),
        Case(name: "linked, not started", way: .faultline, started: false),
        Case(name: "started", way: .faultline, started: true),
    ]

    init(_ laboratory: Laboratory, rounds: Int) throws {
        progress("memory, \(rounds) rounds")
        for _ in 0..<rounds {
            for index in cases.indices.shuffled() {
                try laboratory.withVictim(cases[index].way, Self.scenario, started: cases[index].started) {
                    process, _ in
                    let text = try String(contentsOfFile: "/proc/\(process.id)/smaps_rollup", encoding: .utf8)
                    for line in text.split(separator: "\n") {
                        let words = line.split(separator: " ")
                        guard words.count == 3, let kibibytes = Double(words[1]) else { continue }
                        cases[index].samples[String(words[0].dropLast()), default: Samples()].add(kibibytes / 1024)
                    }
                }
            }
        }
    }

    let title = "Memory of a process with 100 threads"

    var text: String {
        var table = Table(["process", "runs"] + Self.fields.map { "\($0), MiB" })
        for one in cases {
            let samples = Self.fields.map { one.samples[$0] ?? Samples() }
            table.add([one.name, "\(samples[0].count)"] + samples.map(\.text))
        }
        return table.text
    }

    var targets: [Target] {
        let added = (cases[2].samples["Rss"]?.median ?? .nan) - (cases[0].samples["Rss"]?.median ?? .nan)
        return [
            Target(
                figure: "memory added to a process with 100 threads", limit: "<= 8 MiB RSS",
                measured: "\(added.short) MiB", isMet: added <= 8)
        ]
    }
}
