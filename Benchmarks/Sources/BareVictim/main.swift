// SPDX-License-Identifier: Apache-2.0

// The victim without Faultline, in nothing else different from FaultlineVictim.
//
//     BareVictim THREADS BURNERS [LIBRARIES]

import CVictim
import Dispatch

let arguments = CommandLine.arguments
_ = victim_open()

// Swift's concurrency has its threads, as in any service.
let up = DispatchSemaphore(value: 0)
Task.detached { up.signal() }
up.wait()

if arguments.count > 3 { victim_load(arguments[3]) }
victim_start_threads((Int32(arguments[1]) ?? 1) - 1, Int32(arguments[2]) ?? 0)
victim_await_go()
victim_crash()
