/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "crash_state.h"
#include "syscalls.h"
#include "threads.h"
#include "watchdog.h"
#include <time.h>

static int timer = -1; /* the kernel's id of it */
static bool struck;
static uint32_t strikes;

/* The kernel's struct sigevent, of SIGEV_THREAD_ID (timer_create(2)). */
typedef struct {
    uint64_t value;
    int32_t signal, notify, thread, reserved[11];
} event;

void fl_as_watchdog_start(uint64_t nanoseconds, uint64_t every) {
    struct {
        int64_t every[2], in[2];
    } times = {{(int64_t)(every / 1000000000u), (int64_t)(every % 1000000000u)},
               {(int64_t)(nanoseconds / 1000000000u), (int64_t)(nanoseconds % 1000000000u)}};
    event to_us = {
        .value = (uint64_t)(uintptr_t)&timer, .signal = FL_STOP_SIGNAL, .notify = 4, .thread = fl_as_state.owner};
    __atomic_store_n(&struck, false, __ATOMIC_RELAXED);
    if (timer < 0 && fl_as_create_timer(CLOCK_MONOTONIC, &to_us, &timer) != 0) {
        timer = -1; /* seccomp, or no signal left to queue: then without */
        return;
    }
    fl_as_set_timer(timer, &times);
}

bool fl_as_watchdog_sent(const siginfo_t *info) {
    if (info->si_code != SI_TIMER || info->si_value.sival_ptr != &timer) return false;
    __atomic_store_n(&struck, true, __ATOMIC_RELAXED);
    strikes++;
    return true;
}

bool fl_as_watchdog_has_struck(void) { return __atomic_load_n(&struck, __ATOMIC_RELAXED); }
bool fl_as_watchdog_struck_again(void) { return strikes > 1; }
#include "uninstrumented_end.h"
#endif
