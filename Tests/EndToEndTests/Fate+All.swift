// SPDX-License-Identifier: Apache-2.0
#if Tools
import Glibc

extension Fate {
    /// The crash matrix, without the deaths that need a machine of their own (`HardDeathTests`).
    static let all: [Fate] = faults + checks + tasks + memory + exceptions + locks + limits + handlers + others

    private static let faults = [
        Fate("bad-pointer", SIGSEGV, "SIGSEGV", "SEGV_MAPERR at 0x10", in: "faults_write_to"),
        Fate("at-once", SIGSEGV, "SIGSEGV", "SEGV_MAPERR at 0x10", in: "faults_write_to"),
        Fate("non-canonical-pointer", SIGSEGV, "SIGSEGV", "SI_KERNEL", in: "faults_write_to"),
        Fate("null-call", SIGSEGV, "SIGSEGV", "at 0x0", in: "faults_call_null"),
        Fate("beyond-file", SIGBUS, "SIGBUS", "BUS_ADRERR", in: "faults_touch_beyond_file"),
        Fate("double-free", SIGABRT, "abort", "double free", in: "faults_free_twice"),
        Fate("assert", SIGABRT, "abort", "Assertion", in: "faults_assert"),
        Fate("divide-by-zero", SIGFPE, "SIGFPE", "FPE_INTDIV", in: "faults_divide"),
        Fate("abort", SIGABRT, "SIGABRT", "Aborted"),
        Fate("trap", trap, "at 0x", in: "faults_trap"),
        Fate("breakpoint", SIGTRAP, "SIGTRAP"),
        Fate("bad-system-call", SIGSYS, "SIGSYS"),
        Fate("raised-bus-error", SIGBUS, "SIGBUS", "SI_TKILL"),
        Fate("raised-arithmetic-exception", SIGFPE, "SIGFPE", "SI_TKILL"),
        Fate("killed-by-segv", SIGSEGV, "SIGSEGV", "SI_USER from process", in: nil),
        Fate("killed-by-another-process", SIGABRT, "SIGABRT", "SI_USER from process", in: nil),
    ]

    private static let checks = [
        Fate("fatal-error", trap, "Fatal error", "the laboratory burns"),
        // Its text is not in release builds.
        Fate("precondition", trap, "recondition fail"),
        Fate("array-index", trap, "Index out of range", in: "element(_:of:)"),
        Fate("nil-unwrap", trap, "Unexpectedly found nil", in: "unwrap(_:)"),
        Fate("arithmetic-overflow", trap, "arithmetic overflow", in: "increment(_:)"),
        Fate("forced-try", trap, "Fatal error", "Spill(volume: 3)", in: "forceTry()"),
        Fate("forced-cast", SIGABRT, "Could not cast value of type", "Int32", "String", in: "forceCast(_:)"),
        Fate("duplicate-keys", trap, "Dictionary literal contains duplicate keys", in: "duplicate(_:)"),
        Fate("reversed-range", trap, "Range requires lowerBound <= upperBound", in: "range(to:)"),
        Fate("unowned-gone", SIGABRT, "Fatal error", "unowned reference", in: "readUnowned()"),
        Fate("exclusive-access", SIGABRT, "Fatal access conflict detected", in: "modify(_:)"),
    ]

    private static let tasks = [
        Fate("stack-overflow", SIGSEGV, "Stack overflow", in: "recurse(_:)"),
        Fate("stack-overflow-in-task", SIGSEGV, "Stack overflow", in: "recurse(_:)"),
        Fate("stack-overflow-on-queue", SIGSEGV, "Stack overflow", in: "recurse(_:)"),
        Fate("array-index-in-task", trap, "Index out of range", in: "element(_:of:)"),
        Fate("named-task", trap, "Index out of range", in: "element(_:of:)"),
        Fate("task-group", trap, "Index out of range", in: "element(_:of:)"),
        Fate("async-let", trap, "Index out of range", in: "element(_:of:)"),
        Fate("actor", trap, "Division by zero", in: "heat(_:)"),
        Fate("main-actor", trap, "Index out of range", in: "element(_:of:)"),
        Fate("continuation-twice", trap, "Fatal error", "CONTINUATION MISUSE"),
        Fate("bad-pointer-on-queue", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to"),
        Fate("in-before-breadcrumb", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to")
            .withoutUs("there is no such hook"),
        Fate("busy-scopes", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to"),
        Fate("many-threads", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to").among(threads: 301),
        Fate("thousand-threads", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to").among(threads: 1001),
        Fate("two-crashes", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to").among(threads: 2),
    ]

    private static let memory = [
        Fate("smashed-stack", SIGSEGV, "at 0x10", in: "crash"),
        Fate("wild-stack-pointer", SIGSEGV, "at 0x10", in: "lab_crash_with_wild_stack_pointer"),
        Fate("stack-that-hangs", SIGSEGV, "at 0x10", in: "lab_crash_with_stack_that_hangs")
            .losing("stack", "stack again"),
        Fate("wild-jump", SIGSEGV, "at 0x12345678", in: "lab_jump_to"),
        Fate("jump-to-data", SIGSEGV, "SEGV_ACCERR", in: "lab_jump_to"),
        Fate("write-to-code", SIGSEGV, "SEGV_ACCERR", in: "lab_write_to_code"),
        Fate("unmapped", SIGSEGV, "SEGV_MAPERR", in: "lab_read_unmapped"),
        Fate("canary", SIGABRT, "abort", "stack smashing detected", in: "lab_smash_canary"),
        Fate("buffer-overflow", SIGABRT, "abort", "buffer overflow detected", in: "lab_overflow_buffer"),
        Fate("invalid-free", SIGABRT, "abort", "invalid pointer", in: "lab_free_invalid_pointer"),
        Fate("stack-overflow-on-thread", SIGSEGV, "Stack overflow", in: "recurse"),
        Fate("foreign-alternate-stack", SIGSEGV, "at 0x10", in: "crash"),
        Fate("loaded-library", SIGSEGV, "SEGV_MAPERR at 0x", in: "lab_crash_in_loaded_library"),
    ]

    private static let exceptions = [
        Fate("cxx-exception", SIGABRT, "std::runtime_error: the flask broke", in: "throw_error"),
        Fate("cxx-derived-exception", SIGABRT, "lab::Burnt: behind a virtual base", in: "lab_throw_derived"),
        Fate("cxx-number", SIGABRT, "int: an exception that nobody caught", in: "lab_throw_number"),
        Fate("cxx-noexcept", SIGABRT, "std::runtime_error: through noexcept", in: "call_noexcept"),
        Fate("cxx-rethrown", SIGABRT, "std::runtime_error: kept for later", in: "lab_rethrow_later"),
        Fate("cxx-what-crashes", SIGSEGV, "lab::Unhappy", in: "lab::Unhappy::what()")
            .withoutUs("the C++ library calls what() too, but prints only"),
        Fate("cxx-terminate", SIGABRT, "std::terminate", "without an active exception", in: "lab_terminate"),
        Fate("cxx-pure-virtual", SIGABRT, "std::terminate", in: "lab::Abstract"),
    ]

    private static let locks = [
        Fate("loader-lock", SIGSEGV, "at 0x10", in: "crash"),
        Fate("stdio-lock", SIGSEGV, "at 0x10", in: "crash"),
        Fate("time-zone-lock", SIGSEGV, "at 0x", in: "lab_crash_holding_time_zone_lock"),
        Fate("bad-string", SIGSEGV, "at 0x10", in: "lab_print_bad_string"),
        Fate("libc-callback", SIGSEGV, "at 0x10", in: "crash"),
    ]

    private static let limits = [
        Fate("no-descriptors", SIGSEGV, "at 0x10", in: "crash"),
        Fate("closed-descriptors", SIGSEGV, "at 0x10", in: "crash"),
        Fate("no-memory", SIGSEGV, "at 0x10", in: "crash"),
        Fate("megabyte-left", SIGSEGV, "at 0x10", in: "crash"),
        Fate("no-queued-signals", SIGSEGV, "at 0x10", in: "crash"),
        Fate("seccomp", SIGSEGV, "at 0x10", in: "crash"),
        Fate("seccomp-trap", SIGSYS, "SIGSYS", "SYS_SECCOMP", in: "lab_call_forbidden"),
    ]

    private static let handlers = [
        Fate("crashing-handler", SIGSEGV, "at 0x10", in: "faults_write_to"),
        Fate("hungry-handler", SIGABRT, "SIGABRT"),
        Fate("reset-handler", SIGSEGV, "at 0x10", in: "crash"),
        Fate("ignored-fault", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to"),
        Fate("unrepaired-fault", SIGSEGV, "at 0x10", in: "faults_write_to")
            .withoutUs("a handler that repairs nothing is called for ever"),
        Fate("in-signal-handler", SIGSEGV, "at 0x10", in: "crash"),
        Fate("after-backtrace", SIGSEGV, "at 0x10", in: "crash"),
        Fate("end-of-thread", SIGSEGV, "at 0x10", in: "crash"),
        Fate("at-exit", SIGSEGV, "at 0x10", in: "crash"),
    ]

    private static let others = [
        Fate("after-fork", SIGSEGV, "at 0x10", in: "crash"),
        Fate("frozen-thread", SIGSEGV, "at 0x10", in: "crash").among(threads: 2),
        Fate("attached-file", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to"),
        Fate("second-start", SIGSEGV, "SEGV_MAPERR at 0x10", in: "faults_write_to"),
    ]
}
#endif
