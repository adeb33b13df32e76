// SPDX-License-Identifier: Apache-2.0

import CCapture
import Faultline

/// Each call of addBreadcrumb by itself; `bare:COUNT` times nothing at all: what the machine does meanwhile.
func latency(directory: String, _ what: String) throws {
    let isBare = what.hasPrefix("bare:"), count = Int(what.drop { !$0.isNumber }) ?? 0
    var options = Options()
    options.cacheDirectory = directory
    options.serviceName = "worker"
    FaultlineSDK.start(options, transport: GatedTransport())
    guard count > 0 else { throw Failure("latency: how many calls") }
    var times = [UInt32](repeating: 1, count: count)
    FaultlineSDK.withIsolationScope { _ in
        Workload.fillScope()
        times.withUnsafeMutableBufferPointer { times in
            var last = capture_clock()
            for call in 0..<count {
                if !isBare { Workload.addBreadcrumb(call) }
                let now = capture_clock()
                times[call] = UInt32(min(now - last, UInt64(UInt32.max)))
                last = now
            }
        }
    }
    capture_sort(&times, count)
    let places = [0.5, 0.99, 0.999, 0.9999].map { Int(Double(count) * $0) } + [count - 1]
    answer(places.map { String(times[$0]) }.joined(separator: " "))
}
