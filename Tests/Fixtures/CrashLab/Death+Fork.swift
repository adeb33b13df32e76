// SPDX-License-Identifier: Apache-2.0

import CFaults
import FaultlineCore
import FaultlineCrash

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Death {
    /// With a child of fork(2) that starts anew: it has a copy of all that its parent had.
    static let forking: [Death] = [
        Death("parent-and-child") {
            let child = fork {
                let reporter = startCrashReporter(release: "child@1")
                withExtendedLifetime(reporter) { faults_write_to(16) }
            }
            print("child died by \(child & 0x7f)")
            fflush(nil)
            faults_write_to(32)
        }
    ]

    /// Swift does not let one call fork, for the child has one thread and no executor; this one only calls C.
    private static func fork(_ body: () -> Void) -> Int32 {
        typealias Fork = @convention(c) () -> pid_t
        guard let symbol = dlsym(nil, "fork") else { return -1 }
        let process = unsafeBitCast(symbol, to: Fork.self)()
        if process == 0 {
            body()
            _exit(7)
        }
        var status: Int32 = -1
        waitpid(process, &status, 0)
        return status
    }

    /// `FaultlineSDK.start` finds the parent's state and does nothing; what is below it starts anew.
    private static func startCrashReporter(release: String) -> CrashReporter {
        var options = CrashOptions(serviceName: "crashlab")
        options.cacheDirectory = arguments[1]
        options.facts = ["release": .string(release)]
        return CrashReporter.start(options).reporter
    }
}
