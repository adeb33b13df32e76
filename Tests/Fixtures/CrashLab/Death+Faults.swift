// SPDX-License-Identifier: Apache-2.0

import CFaults
import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Death {
    /// What the processor or the kernel refuses, and signals that somebody sends.
    static let faults: [Death] = [
        Death("bad-pointer") { faults_write_to(16) },
        Death("at-once", leavesTraces: false) { faults_write_to(16) },
        Death("non-canonical-pointer") { faults_write_to(0xdead_0000_0000_0000) },
        Death("null-call") { faults_call_null() },
        Death("beyond-file") { faults_touch_beyond_file() },
        Death("double-free") { faults_free_twice(64) },
        Death("assert") { faults_assert(opaque(0)) },
        Death("divide-by-zero") { _ = faults_divide(1, opaque(0)) },
        Death("abort") { abort() },
        Death("trap") { faults_trap() },
        Death("breakpoint") { raise(SIGTRAP) },
        Death("bad-system-call") { raise(SIGSYS) },
        Death("raised-bus-error") { raise(SIGBUS) },
        Death("raised-arithmetic-exception") { raise(SIGFPE) },
        Death("killed-by-segv") {
            // To the process: another thread may take it, and this one must not end the program meanwhile.
            kill(getpid(), SIGSEGV)
            pause()
        },
        Death("killed-by-another-process") {
            _ = system("kill -ABRT $PPID")
            pause()
        },
    ]

    /// No death of a signal: the run ends by itself.
    static let ends: [Death] = [
        Death("exit") { exit(3) },
        Death("wait") {
            print("waiting")
            fflush(nil)
            pause()
        },
        Death("after-close") {
            await FaultlineSDK.close(timeout: .seconds(1))
            faults_write_to(16)
        },
        Death("second-start") {
            start(in: arguments[1], release: "crashlab@3")
            faults_write_to(16)
        },
    ]
}
