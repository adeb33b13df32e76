// SPDX-License-Identifier: Apache-2.0

import CFaults
import CLab
import Dispatch
import FaultlineCore
import FaultlineCrash

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

#if os(Linux)
extension Death {
    /// Stacks and memory in ruins.
    static let memory: [Death] = [
        Death("smashed-stack") { lab_crash_with_smashed_stack() },
        Death("wild-stack-pointer") { lab_crash_with_wild_stack_pointer() },
        Death("wild-jump") { lab_jump_to(0x1234_5678) },
        Death("jump-to-data") { lab_jump_to_data() },
        Death("write-to-code") { lab_write_to_code() },
        Death("unmapped") { lab_read_unmapped() },
        Death("canary") { lab_smash_canary() },
        Death("buffer-overflow") { lab_overflow_buffer() },
        Death("invalid-free") { lab_free_invalid_pointer() },
        Death("stack-overflow-on-thread") { lab_overflow_thread_stack() },
        Death("foreign-alternate-stack") { lab_crash_on_foreign_alternate_stack() },
        Death("stack-that-hangs") {
            if !lab_crash_with_stack_that_hangs() { impossible("the kernel forbids userfaultfd(2)") }
        },
        Death("loaded-library") {
            if !lab_crash_in_loaded_library() { impossible("libelf.so.1 is not on this machine") }
        },
        Death("truncated-box") {
            lab_truncate_black_box()
            FaultlineSDK.setTag("after", "truncation")
            FaultlineSDK.addBreadcrumb(message: "still alive")
            FaultlineSDK.withIsolationScope { _ in FaultlineSDK.setTag("in", "scope") }
            print("still alive")
            fflush(nil)
            faults_write_to(16)
        },
    ]

    /// C++ exceptions that nobody catches.
    static let exceptions: [Death] = [
        Death("cxx-exception") { lab_throw_error() },
        Death("cxx-derived-exception") { lab_throw_derived() },
        Death("cxx-number") { lab_throw_number() },
        Death("cxx-noexcept") { lab_throw_through_noexcept() },
        Death("cxx-rethrown") { lab_rethrow_later() },
        Death("cxx-what-crashes") { lab_throw_unhappy() },
        Death("cxx-terminate") { lab_terminate() },
        Death("cxx-pure-virtual") { lab_call_pure_virtual() },
    ]

    /// While somebody's lock is held.
    static let locks: [Death] = [
        Death("loader-lock") { lab_crash_holding_loader_lock() },
        Death("stdio-lock") { lab_crash_holding_stdio_lock() },
        Death("time-zone-lock") { lab_crash_holding_time_zone_lock() },
        Death("bad-string") { lab_print_bad_string() },
        Death("libc-callback") { lab_crash_in_callback_of_libc() },
        Death("in-allocator") { lab_crash_in_allocator() },
    ]

    /// With nothing left, or without the right.
    static let limits: [Death] = [
        Death("no-descriptors") { lab_crash_without_descriptors() },
        Death("closed-descriptors") { lab_crash_with_all_descriptors_closed(arguments[1] + "/own-file") },
        Death("no-memory") { lab_crash_without_memory() },
        Death("megabyte-left") { lab_crash_with_a_megabyte_left() },
        Death("no-queued-signals") { lab_crash_without_queued_signals() },
        Death("full-disk") { lab_crash_on_full_disk(arguments[1] + "/filler") },
        Death("after-setuid") { lab_crash_after_setuid() },
        Death("seccomp") { lab_crash_under_seccomp() },
        Death("seccomp-trap") { lab_call_forbidden() },
    ]

    /// Beside the handlers of others.
    static let handlers: [Death] = [
        Death("crashing-handler", prepare: { lab_install_crashing_handler() }) { faults_write_to(16) },
        Death("hungry-handler", prepare: { lab_install_hungry_handler() }) { abort() },
        Death("waiting-handler", prepare: { lab_install_waiting_handler() }) { faults_write_to(16) },
        Death("while-exiting") {
            let ready = DispatchSemaphore(value: 0)
            DispatchQueue.global().async {
                ready.signal()
                while !CrashReporter.isDying {}
                exit(0)
            }
            ready.wait()
            faults_write_to(16)
        },
        Death("exiting-handler", prepare: { lab_install_exiting_handler() }) { faults_write_to(16) },
        Death("working-handler", prepare: { lab_install_working_handler() }) { faults_write_to(16) },
        Death("reset-handler") { lab_crash_under_reset_handler() },
        Death("replaced-handler") {
            lab_install_later_handler()
            FaultlineSDK.captureMessage("wakes the sender, who looks")
            await FaultlineSDK.flush(timeout: .seconds(2))
            faults_touch_beyond_file()
        },
        Death("in-signal-handler") { lab_crash_in_signal_handler() },
        Death("ignored-fault", prepare: { lab_ignore_faults() }) {
            raise(SIGSEGV)  // nothing happens
            faults_write_to(16)
        },
        Death("repaired-fault", previousFirst: true, prepare: { lab_install_repairing_handler() }) {
            lab_fault_for_repair(40)
            exit(9)
        },
        Death("unrepaired-fault", previousFirst: true, prepare: { lab_install_repairing_handler() }) {
            lab_fault_for_repair(3)
            faults_write_to(16)
        },
        Death("after-backtrace") { lab_crash_after_backtrace() },
        Death("end-of-thread") { lab_crash_at_end_of_thread() },
        Death("at-exit") { lab_crash_at_exit() },
    ]

    /// With children.
    static let children: [Death] = [
        Death("after-fork") { lab_crash_after_fork() },
        Death("while-forking") { lab_crash_while_forking() },
        Death("frozen-thread") { lab_crash_beside_frozen_thread() },
        // Their own end is the child's signal.
        Death("forked-child") { exit(lab_crash_in_forked_child()) },
        Death("living-parent") {
            _ = lab_crash_in_forked_child()
            for _ in 0..<20 {
                FaultlineSDK.captureMessage("wakes the sender, who looks")
                await FaultlineSDK.flush(timeout: .milliseconds(100))
                usleep(100_000)
            }
            exit(0)
        },
        Death("vforked-child") { exit(lab_crash_in_vforked_child()) },
        Death("childless") { exit(lab_wait_for_no_child()) },
    ]
}
#endif
