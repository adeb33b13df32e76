/* SPDX-License-Identifier: Apache-2.0
 *
 * Circumstances in which a crash is hard to report. Each function brings one about and then dies by SIGSEGV at address
 * 16, unless it says otherwise. Linux only. */
#pragma once
#ifdef __linux__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* MARK: locks */

/* In a callback of dl_iterate_phdr, which holds the loader's lock. */
void lab_crash_holding_loader_lock(void);
/* With stderr's lock held. */
void lab_crash_holding_stdio_lock(void);
/* Inside of malloc, whose own lock the thread holds, in a heap that was overwritten. SIGSEGV or SIGABRT. */
void lab_crash_in_allocator(void);
/* Inside of localtime_r, which holds the time zone's lock. */
void lab_crash_holding_time_zone_lock(void);
/* Inside of printf, with stdout's lock, reading a string at address 16. */
void lab_print_bad_string(void);
/* In a comparison that qsort calls. */
void lab_crash_in_callback_of_libc(void);

/* MARK: nothing left */

/* With no descriptor left to open. */
void lab_crash_without_descriptors(void);
/* With no memory left to map. */
void lab_crash_without_memory(void);
/* With 1 MiB of address space left. */
void lab_crash_with_a_megabyte_left(void);
/* With no signal to queue left (RLIMIT_SIGPENDING). */
void lab_crash_without_queued_signals(void);
/* With every descriptor from 3 on closed but libdispatch's, and as many opened for the file `path`, which stays empty.
 */
void lab_crash_with_all_descriptors_closed(const char *path);
/* With a file system that is full: `path` is a new file on it. */
void lab_crash_on_full_disk(const char *path);
/* MARK: stacks and memory */

/* On an alternate stack of 16 KiB that somebody else has set. */
void lab_crash_on_foreign_alternate_stack(void);
/* In a function whose return address, and that of its callers, was overwritten. */
void lab_crash_with_smashed_stack(void);
/* With a stack pointer that points nowhere. */
void lab_crash_with_wild_stack_pointer(void);
/* With a stack pointer to a page that nobody can read and nobody refuses: who reads it waits for ever. false: the
 * kernel forbids it (userfaultfd(2)). */
bool lab_crash_with_stack_that_hangs(void);
/* Endless recursion on a thread with a stack of 64 KiB. */
void lab_overflow_thread_stack(void);
/* Calls `address` as a function. */
void lab_jump_to(uintptr_t address);
/* Calls data as a function; writes to a function; writes to memory that was given back. */
void lab_jump_to_data(void);
void lab_write_to_code(void);
void lab_read_unmapped(void);
/* What glibc aborts for: a stack smashed, a buffer overflown, a pointer freed that is none. */
void lab_smash_canary(void);
void lab_overflow_buffer(void);
void lab_free_invalid_pointer(void);
/* In libelf, which is loaded for it. false: it is not on this machine. */
bool lab_crash_in_loaded_library(void);

/* MARK: children */

/* In a child made by fork (vfork): the child's end is answered, as waitpid tells it. */
int lab_crash_in_forked_child(void);
int lab_crash_in_vforked_child(void);
/* Runs `body` in a forked child, which then calls exit(0). Answers the child's exit status; -1: it ended otherwise. */
int lab_run_in_forked_child(void (*body)(void));
/* In a process that has had a child. */
void lab_crash_after_fork(void);
/* While another thread forks children that crash, one after the other. */
void lab_crash_while_forking(void);
/* Beside a thread that waits for its vforked child, and answers no signal. */
void lab_crash_beside_frozen_thread(void);
/* 0: the process has no child that it could wait for. */
int lab_wait_for_no_child(void);

/* MARK: rights */

/* As another user, after setuid() with other threads around. Needs root; returns without it. */
void lab_crash_after_setuid(void);
/* Under a seccomp filter of this thread that kills the process for any system call that handler/syscalls.h does not
 * have. */
void lab_crash_under_seccomp(void);
/* Makes a system call that a filter answers with SIGSYS. */
void lab_call_forbidden(void);

/* MARK: handlers */

/* SIGSEGV and SIGFPE are ignored from now on. Returns. */
void lab_ignore_faults(void);
/* In a handler of the service's own, for SIGUSR1. */
void lab_crash_in_signal_handler(void);
/* A handler of SIGBUS that calls no other. Returns. */
void lab_install_later_handler(void);
/* In the destructor of a thread's value; in a function that exit calls. */
void lab_crash_at_end_of_thread(void);
void lab_crash_at_exit(void);
/* A handler that was there first, and crashes itself. Returns. */
void lab_install_crashing_handler(void);
/* A handler of SIGABRT that was there first and wants 100 KiB of stack. Returns. */
void lab_install_hungry_handler(void);
/* A handler of SIGSEGV that was there first, and wants a lock that another thread holds until it is asked for it.
 * Returns. */
void lab_install_waiting_handler(void);
/* A handler of SIGSEGV that was there first, and calls exit. Returns. */
void lab_install_exiting_handler(void);
/* A handler of SIGSEGV that was there first, and waits for a thread that it starts; it says so on standard output.
 * Returns. */
void lab_install_working_handler(void);
/* A handler that comes later, chains to the one before it, and is used up by its first call. */
void lab_crash_under_reset_handler(void);
/* A handler that was there first: it maps the page at LAB_PAGE, and leaves every other fault alone.
 * Returns. */
#define LAB_PAGE 0x2000000000u
void lab_install_repairing_handler(void);
/* Faults that such a handler repairs, `times` each. */
void lab_fault_for_repair(int times);
/* After a use of backtrace() and of the unwinder of C++ exceptions. Prints first, a line each, the name of the function
 * and the path of the object that it is of. */
void lab_crash_after_backtrace(void);
/* Cuts the process's black box to nothing while it is mapped. */
void lab_truncate_black_box(void);

/* MARK: C++ exceptions that nobody catches; abort */

/* std::runtime_error "the flask broke" */
void lab_throw_error(void);
/* int */
void lab_throw_number(void);
/* lab::Burnt, with std::exception as a virtual base of its second base: "behind a virtual base" */
void lab_throw_derived(void);
/* lab::Unhappy, whose what() dies by SIGSEGV at 16. */
void lab_throw_unhappy(void);
/* std::runtime_error "through noexcept" */
void lab_throw_through_noexcept(void);
/* std::runtime_error "kept for later", by std::rethrow_exception. */
void lab_rethrow_later(void);
/* No exception at all. */
void lab_terminate(void);
void lab_call_pure_virtual(void);

#ifdef __cplusplus
}
#endif
#endif
