// SPDX-License-Identifier: Apache-2.0

// One process that links Faultline and is measured. What it shall do stands in the arguments; see ../../README.md.
//
//     CaptureWorker operations DIRECTORY [--before-send]   reads operations, writes nanoseconds
//     CaptureWorker drops DIRECTORY queue|rate COUNT       KiB before and after
//     CaptureWorker latency DIRECTORY COUNT|bare:COUNT     nanoseconds at the median, 99 %, 99.9 %, 99.99 % and most
//     CaptureWorker load DIRECTORY DSN RATE SECONDS        events taken, microseconds, late milliseconds, KiB before, peak KiB, whether all went
//     CaptureWorker bare PORT SECONDS                      requests of AsyncHTTPClient alone, microseconds
//     CaptureWorker sync FILE                              disturbs the disk until it is killed

import CCapture
import Glibc

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "operations":
    try operations(directory: arguments[2], hooked: arguments.dropFirst(3).first == "--before-send")
case "drops": try drops(directory: arguments[2], reason: arguments[3], count: Int(arguments[4]) ?? 0)
case "latency": try latency(directory: arguments[2], arguments[3])
case "load":
    try await load(
        directory: arguments[2], dsn: arguments[3], rate: Int(arguments[4]) ?? 0, seconds: Int(arguments[5]) ?? 0)
case "bare": try await bare(port: Int(arguments[2]) ?? 0, seconds: Int(arguments[3]) ?? 0)
case "sync": capture_sync_for_ever(arguments[2])
default: throw Failure("see main.swift")
}

/// One line, at once.
func answer(_ text: String) {
    print(text)
    fflush(nil)
}
