// SPDX-License-Identifier: Apache-2.0

import CCapture
import Faultline

/// Memory before and after many events that are dropped, by a full queue or by the sample rate.
func drops(directory: String, reason: String, count: Int) throws {
    let transport = GatedTransport()
    var options = Options()
    options.cacheDirectory = directory
    options.serviceName = "worker"
    if reason == "rate" { options.sampleRate = 0 }
    FaultlineSDK.start(options, transport: transport)
    transport.closeGate()
    Workload.fillScope()
    /// The queue is full, and each page that a drop needs was touched.
    for _ in 0..<10_000 { _ = Workload.captureMessage() }
    let before = capture_resident()
    var accepted = 0
    for _ in 0..<count { accepted += Workload.captureMessage() ? 1 : 0 }
    let after = capture_resident()
    guard accepted == 0 else { throw Failure("\(accepted) events were not dropped") }
    answer("\(before) \(after)")
}
