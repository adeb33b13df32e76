// SPDX-License-Identifier: Apache-2.0

// A victim: starts Faultline, leaves some traces, and dies in the way that its second argument names.
//
//     CrashLab DIRECTORY KIND       die; the report lies in DIRECTORY
//     CrashLab DIRECTORY recover    print the events recovered from DIRECTORY, one line of JSON each
//     CrashLab DIRECTORY supervise  the same by another program than the service, without its callbacks
//     CrashLab DIRECTORY kinds      print the kinds of death, one a line
//
// With LAB_BARE it dies without Faultline; LAB_DEBUG, LAB_LINE, LAB_MEMORY, LAB_SESSION, LAB_HOOK and LAB_ANYONE set
// the options of these names; with LAB_PROCESSOR the global scope gets a processor after the start.

import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

// Without /proc Swift knows no arguments: then from the environment.
func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
let arguments =
    CommandLine.arguments.count > 1
    ? CommandLine.arguments : ["CrashLab"] + ["LAB_DIRECTORY", "LAB_KIND"].compactMap(variable)
guard arguments.count == 3 else {
    print("usage: CrashLab DIRECTORY KIND | recover | supervise | kinds")
    exit(64)
}
let kind = arguments[2]

switch kind {
case "kinds":
    for death in Death.all { print(death.name) }
case "recover":
    await recover(from: arguments[1])
case "supervise":
    supervise(arguments[1])
default:
    guard let death = Death.all.first(where: { $0.name == kind }) else {
        print("no death named \(kind)")
        exit(64)
    }
    death.prepare()
    if variable("LAB_BARE") == nil {
        start(
            in: arguments[1], release: "crashlab@1", previousFirst: death.previousFirst,
            transport: variable("LAB_SENDS") == nil ? nil : PrintingTransport())
        if variable("LAB_PROCESSOR") != nil { FaultlineSDK.globalScope.addEventProcessor { event, _ in event } }
        if death.leavesTraces {
            FaultlineSDK.setTag("kind", kind)
            FaultlineSDK.addBreadcrumb(message: "about to die", category: "lab")
        }
    }
    await death.die()
}
