// SPDX-License-Identifier: Apache-2.0

import CCapture
import Faultline

/// As many events a second over HTTP, evenly; then what is left has ten seconds to arrive.
func load(directory: String, dsn: String, rate: Int, seconds: Int) async throws {
    var options = Options()
    options.dsn = dsn
    options.cacheDirectory = directory
    options.serviceName = "worker"
    options.release = "worker@1"
    FaultlineSDK.start(options)
    FaultlineSDK.setTag("order", "17")
    let before = capture_resident(), began = capture_clock()
    var accepted = 0, late = 0
    for tick in 0..<(seconds * 1000) {
        for _ in 0..<(rate / 1000) { accepted += Workload.captureMessage() ? 1 : 0 }
        let next = began + UInt64(tick + 1) * 1_000_000
        if capture_clock() < next { capture_sleep_until(next) } else { late += 1 }
    }
    let elapsed = capture_clock() - began
    let complete = await FaultlineSDK.flush(timeout: .seconds(10))
    await FaultlineSDK.close(timeout: .seconds(1))
    answer("\(accepted) \(elapsed / 1000) \(late) \(before) \(capture_peak_resident()) \(complete ? 1 : 0)")
}
