/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "other_crashes.h"
#include <stddef.h>

static fl_as_other_crash crashes[FL_OTHER_CRASHES];

void fl_as_note_other_crash(int32_t thread, int signal, const siginfo_t *info) {
    static uint32_t next;
    uint32_t place = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
    if (place >= FL_OTHER_CRASHES) return;
    crashes[place].signal = signal;
    crashes[place].code = info->si_code;
    crashes[place].address = (uint64_t)(uintptr_t)info->si_addr;
    __atomic_store_n(&crashes[place].thread, thread, __ATOMIC_RELEASE);
}

const fl_as_other_crash *fl_as_other_crash_of(int32_t thread) {
    for (int i = 0; i < FL_OTHER_CRASHES; i++)
        if (__atomic_load_n(&crashes[i].thread, __ATOMIC_ACQUIRE) == thread) return &crashes[i];
    return NULL;
}
#include "uninstrumented_end.h"
#endif
