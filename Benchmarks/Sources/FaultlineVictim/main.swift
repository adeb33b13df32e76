// SPDX-License-Identifier: Apache-2.0

// The victim with Faultline, whose reports lie below DIRECTORY; `-`: linked, but not started.
//
//     FaultlineVictim THREADS BURNERS DIRECTORY [LIBRARIES]

import CVictim
import Dispatch
import FaultlineCore

let arguments = CommandLine.arguments
let page = victim_open()

// Swift's concurrency has its threads, as in any service.
let up = DispatchSemaphore(value: 0)
Task.detached { up.signal() }
up.wait()

if arguments.count > 4 { victim_load(arguments[4]) }
if arguments[3] != "-" {
    var options = Options()
    options.dsn = "http://0123456789abcdef0123456789abcdef@127.0.0.1:9/1"
    options.serviceName = "victim"
    options.cacheDirectory = arguments[3]
    options.release = "victim@1"
    let began = victim_clock()
    FaultlineSDK.start(options, transport: nil)
    page?.pointee.start_time = victim_clock() - began
}
victim_start_threads((Int32(arguments[1]) ?? 1) - 1, Int32(arguments[2]) ?? 0)
victim_await_go()
victim_crash()
