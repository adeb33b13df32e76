/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults that Swift cannot commit by itself: each function kills the process, on purpose, in C.
 * For examples and tests only. No memory outlives a call; any thread may call. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Stores an int at `address`. Unmapped: SIGSEGV, si_addr is the address (0 when it is not canonical). */
void faults_write_to(uintptr_t address);
/* Loads an int from `address`, and answers it. */
int faults_read_from(uintptr_t address);
/* Calls a function at address 0: SIGSEGV with the program counter 0, the caller only on the stack. */
void faults_call_null(void);
/* malloc, free, free: glibc aborts ("free(): double free detected in tcache 2"). `size` up to 1,000 bytes. */
void faults_free_twice(size_t size);
/* x86-64: SIGFPE when `divisor` is 0. AArch64 answers 0 instead. */
int faults_divide(int dividend, int divisor);
/* ud2 (x86-64: SIGILL) or brk (AArch64: SIGTRAP). */
void faults_trap(void);
/* Recursion of a small frame, `depth` calls deep; negative: endless, SIGSEGV in the guard page of the thread's stack.
 */
int faults_recurse(int depth);
/* Touches a page behind the end of a mapped file: SIGBUS. */
void faults_touch_beyond_file(void);
/* assert(3) fails: SIGABRT with the expression in glibc's abort message. */
void faults_assert(int never_zero);
/* Starts `count` threads, at most 4,096: one computes for ever, the others sleep (futex, poll); waits until they do. */
void faults_start_threads(int count);
/* Two threads write to `address` at the same time. Does not return. */
void faults_crash_twice(uintptr_t address);
