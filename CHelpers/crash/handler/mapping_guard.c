/* SPDX-License-Identifier: Apache-2.0 */
#include "uninstrumented_begin.h"

#include "../include/faultline_crash.h"

enum { GUARDS = 16, FREE = 0, TAKEN = 1 }; /* neither is an address of a mapping */

static struct {
    uintptr_t start;
    size_t length;
} guards[GUARDS];

bool fl_as_guard_begin(const void *start, size_t length) {
    for (int i = 0; i < GUARDS; i++) {
        uintptr_t expected = FREE;
        if (!__atomic_compare_exchange_n(&guards[i].start, &expected, TAKEN, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            continue;
        __atomic_thread_fence(__ATOMIC_RELEASE); /* a handler that reads the new length sees that it is taken */
        __atomic_store_n(&guards[i].length, length, __ATOMIC_RELAXED);
        __atomic_store_n(&guards[i].start, (uintptr_t)start, __ATOMIC_RELEASE);
        return true;
    }
    return false;
}

void fl_as_guard_end(const void *start) {
    for (int i = 0; i < GUARDS; i++)
        if (__atomic_load_n(&guards[i].start, __ATOMIC_RELAXED) == (uintptr_t)start) {
            __atomic_store_n(&guards[i].start, FREE, __ATOMIC_RELEASE);
            return;
        }
}

#ifdef __linux__
#define _GNU_SOURCE
#include "mapping_guard.h"
#include "syscalls.h"

bool fl_as_guard_repairs(int signal, const siginfo_t *info) {
    if (signal != SIGBUS || (info->si_code != BUS_ADRERR && info->si_code != BUS_OBJERR)) return false;
    uintptr_t address = (uintptr_t)info->si_addr;
    for (int i = 0; i < GUARDS; i++) {
        uintptr_t start = __atomic_load_n(&guards[i].start, __ATOMIC_ACQUIRE);
        size_t length = __atomic_load_n(&guards[i].length, __ATOMIC_RELAXED);
        if (start <= TAKEN || address < start || address - start >= length) continue;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&guards[i].start, __ATOMIC_RELAXED) != start) continue; /* the length is another's */
        return fl_as_map_over((void *)start, length) == (long)start;
    }
    return false;
}
#endif
#include "uninstrumented_end.h"
