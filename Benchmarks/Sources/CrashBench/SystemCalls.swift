// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import CDriver

/// Between the fault and the death, counted under ptrace(2).
struct SystemCalls: Figure {
    private static let scenarios = [Scenario.one, .few, .many]
    private var counted: [[driver_call]] = []

    init(_ laboratory: Laboratory) throws {
        progress("system calls")
        for scenario in Self.scenarios {
            try laboratory.withVictim(.faultline, scenario) { process, place in
                var calls = driver_calls()
                try laboratory.check("count system calls", place.output) { driver_count_calls(&process, &calls) }
                counted.append(
                    withUnsafeBytes(of: &calls.call) {
                        Array($0.bindMemory(to: driver_call.self).prefix(Int(calls.count)))
                    })
            }
        }
    }

    let title = "System calls of a crash"

    var text: String {
        var table = Table(
            ["call"] + Self.scenarios.flatMap { ["\($0.name): reporter", "others"] })
        var numbers: [Int32] = []
        for call in counted.joined() where !numbers.contains(call.number) { numbers.append(call.number) }
        func row(_ name: String, _ include: (driver_call) -> Bool) -> [String] {
            [name]
                + counted.flatMap { calls in
                    let calls = calls.filter(include)
                    return [calls.reduce(0) { $0 + $1.by_reporter }, calls.reduce(0) { $0 + $1.by_others }].map {
                        $0 == 0 ? "" : "\($0)"
                    }
                }
        }
        for number in numbers {
            let name = driver_call_name(number).map { String(cString: $0) } ?? "number \(number)"
            table.add(row(name) { $0.number == number })
        }
        table.add(row("all") { _ in true })
        return table.text
    }

    var targets: [Target] {
        let totals = zip(Self.scenarios, counted).map { scenario, calls in
            "\(calls.reduce(0) { $0 + $1.by_reporter + $1.by_others }) with \(scenario.name)"
        }
        return [
            Target(
                figure: "system calls at a crash", limit: "counted and listed",
                measured: totals.joined(separator: ", ") + (totals.count > 1 ? " threads" : ""),
                isMet: counted.allSatisfy { !$0.isEmpty })
        ]
    }
}
