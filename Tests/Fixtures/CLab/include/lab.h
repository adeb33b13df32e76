/* SPDX-License-Identifier: Apache-2.0
 *
 * Circumstances in which a crash is hard to report. Each function brings one about and then dies by SIGSEGV at address
 * 16, unless it says otherwise. Linux only; elsewhere they do nothing. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* In a callback of dl_iterate_phdr, which holds the loader's lock. */
void lab_crash_holding_loader_lock(void);
/* With stderr's lock held. */
void lab_crash_holding_stdio_lock(void);
/* Inside of malloc, whose own lock the thread holds, in a heap that was overwritten. SIGSEGV or SIGABRT. */
void lab_crash_in_allocator(void);
/* With no descriptor left to open. */
void lab_crash_without_descriptors(void);
/* With no memory left to map. */
void lab_crash_without_memory(void);
/* With a file system that is full: `path` is a new file on it. */
void lab_crash_on_full_disk(const char *path);
/* On an alternate stack of 16 KiB that somebody else has set. */
void lab_crash_on_foreign_alternate_stack(void);
/* In a function whose return address, and that of its callers, was overwritten. */
void lab_crash_with_smashed_stack(void);
/* With a stack pointer that points nowhere. */
void lab_crash_with_wild_stack_pointer(void);
/* Calls `address` as a function. */
void lab_jump_to(uintptr_t address);
/* In a child made by fork (vfork): the child's end is answered, as waitpid tells it. */
int lab_crash_in_forked_child(void);
int lab_crash_in_vforked_child(void);
/* As another user, after setuid() with other threads around. Needs root; returns without it. */
void lab_crash_after_setuid(void);
/* Under a seccomp filter of this thread that kills the process for any system call that handler/syscalls.h does not
 * have. */
void lab_crash_under_seccomp(void);
/* A handler that was there first, and crashes itself. Returns. */
void lab_install_crashing_handler(void);
/* A handler of SIGABRT that was there first and wants 100 KiB of stack. Returns. */
void lab_install_hungry_handler(void);
/* A handler that comes later, chains to the one before it, and is used up by its first call. */
void lab_crash_under_reset_handler(void);
/* A handler that was there first: it maps the page at LAB_PAGE, and leaves every other fault alone.
 * Returns. */
#define LAB_PAGE 0x2000000000u
void lab_install_repairing_handler(void);
/* Faults that such a handler repairs, `times` each. */
void lab_fault_for_repair(int times);
/* Cuts the process's black box to nothing while it is mapped. */
void lab_truncate_black_box(void);
