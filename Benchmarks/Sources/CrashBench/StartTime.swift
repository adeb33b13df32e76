// SPDX-License-Identifier: Apache-2.0

import BenchSupport
import CDriver
import Foundation

/// How long `FaultlineSDK.start` takes its caller, the first one in a new directory, in milliseconds; beside loading the
/// libraries that are there by then.
struct StartTime: Figure {
    private var alone = Samples()
    private var beside = Samples()
    private var loading = Samples()
    private var libraries = 0

    init(_ laboratory: Laboratory, libraries directory: URL?, rounds: Int) throws {
        guard let directory else { throw BenchError("--libraries is missing; tools/bench makes them") }
        progress("start, \(rounds) rounds")
        for _ in 0..<rounds {
            for directory in [nil, directory].shuffled() {
                try laboratory.withVictim(.faultline, .one, libraries: directory) { process, _ in
                    guard let page = process.page?.pointee else { return }
                    let time = Double(page.start_time) / 1e6
                    guard directory != nil else { return alone.add(time) }
                    libraries = Int(page.libraries)
                    beside.add(time)
                    loading.add(Double(page.load_time) / 1e6)
                }
            }
        }
    }

    let title = "Start"

    var text: String {
        var table = Table(["what", "runs", "ms"])
        table.add(["start, no libraries of ours", "\(alone.count)", alone.text])
        table.add(["start, \(libraries) shared libraries more", "\(beside.count)", beside.text])
        table.add(["for comparison: dlopen of those libraries", "\(loading.count)", loading.text])
        return table.text
    }

    var targets: [Target] {
        [
            Target(
                figure: "start with \(libraries) shared libraries", limit: "<= 2 ms",
                measured: "\(beside.median.short) ms",
                isMet: libraries >= 100 && beside.median <= 2)
        ]
    }
}
