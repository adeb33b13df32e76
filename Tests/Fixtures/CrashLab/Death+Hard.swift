// SPDX-License-Identifier: Apache-2.0

import CFaults
import CLab
import FaultlineCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Death {
    /// In circumstances that make a report hard.
    static let hard: [Death] = [
        Death("loader-lock") { lab_crash_holding_loader_lock() },
        Death("stdio-lock") { lab_crash_holding_stdio_lock() },
        Death("in-allocator") { lab_crash_in_allocator() },
        Death("no-descriptors") { lab_crash_without_descriptors() },
        Death("no-memory") { lab_crash_without_memory() },
        Death("full-disk") { lab_crash_on_full_disk(arguments[1] + "/filler") },
        Death("foreign-alternate-stack") { lab_crash_on_foreign_alternate_stack() },
        Death("smashed-stack") { lab_crash_with_smashed_stack() },
        Death("wild-stack-pointer") { lab_crash_with_wild_stack_pointer() },
        Death("wild-jump") { lab_jump_to(0x1234_5678) },
        Death("after-setuid") { lab_crash_after_setuid() },
        Death("seccomp") { lab_crash_under_seccomp() },
        Death("crashing-handler", prepare: { lab_install_crashing_handler() }) { faults_write_to(16) },
        Death("hungry-handler", prepare: { lab_install_hungry_handler() }) { abort() },
        Death("reset-handler") { lab_crash_under_reset_handler() },
        Death("repaired-fault", previousFirst: true, prepare: { lab_install_repairing_handler() }) {
            lab_fault_for_repair(40)
            exit(9)
        },
        Death("unrepaired-fault", previousFirst: true, prepare: { lab_install_repairing_handler() }) {
            lab_fault_for_repair(3)
            faults_write_to(16)
        },
        Death("truncated-box") {
            lab_truncate_black_box()
            FaultlineSDK.setTag("after", "truncation")
            FaultlineSDK.addBreadcrumb(message: "still alive")
            FaultlineSDK.withIsolationScope { FaultlineSDK.setTag("in", "scope") }
            print("still alive")
            fflush(nil)
            faults_write_to(16)
        },
        // Their own end is the child's signal; no report is to be left.
        Death("forked-child") { exit(lab_crash_in_forked_child()) },
        Death("vforked-child") { exit(lab_crash_in_vforked_child()) },
    ]
}
