/* SPDX-License-Identifier: Apache-2.0
 *
 * Dying as if we had not been there: by the same signal, with the original siginfo, at the faulting instruction. */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "attempt.h"
#include "crash_state.h"
#include "endless_wait.h"
#include "previous.h"
#include "signal_names.h"
#include "syscalls.h"
#include "threads.h"
#include "watchdog.h"
#include <time.h>

enum {
    LOOKS_BEFORE_RELEASE = 2, /* it waits for a stopped thread, most likely */
    LOOKS_BEFORE_END = 8,     /* for the one that has crashed */
};

static uint64_t until; /* of CLOCK_MONOTONIC, in nanoseconds; 0: the one that was there before us does not run */

static struct {
    int signal;
    siginfo_t *info;
    ucontext_t *context;
} call;

/* The one that was there before us (Swift's backtracer, say) does its work first. */
static void call_previous(void) { fl_as_call_previous(call.signal, call.info, call.context); }

void fl_as_let_previous(int signal, siginfo_t *info, ucontext_t *context) {
    call.signal = signal;
    call.info = info;
    call.context = context;
    bool is_owner = fl_as_state.owner == fl_as_gettid(); /* not a vforked child, whose memory is its parent's */
    if (is_owner) {
        until = fl_as_clock(CLOCK_MONOTONIC) + FL_PREVIOUS_NANOSECONDS;
        fl_as_watchdog_start(FL_PREVIOUS_LOOK_NANOSECONDS, FL_PREVIOUS_LOOK_NANOSECONDS);
    }
    fl_as_attempt(call_previous);
    if (is_owner) until = 0;
}

bool fl_as_previous_may_go_on(const ucontext_t *context) {
    if (!until || fl_as_clock(CLOCK_MONOTONIC) >= until) return false;
    uint32_t looks = fl_as_looks_at_wait(context);
    if (looks == LOOKS_BEFORE_RELEASE) fl_as_release_threads();
    return looks < LOOKS_BEFORE_END;
}

/* The signal is queued while it is blocked and strikes when the kernel restores the context's mask: a core then has
 * the faulting registers, si_code and si_addr, also for a signal sent by kill, and for int3, whose pc has moved on.
 * Every other signal stays blocked: none may strike first, and end the process another way. */
void fl_as_die(int signal, siginfo_t *info, ucontext_t *context) {
    int process = fl_as_getpid(), thread = fl_as_gettid();
    if (process == 1) fl_as_exit_group(128 + signal); /* the kernel drops what pid 1 of a namespace sends itself */
    fl_as_default_action(signal);
    fl_as_change_mask(SIG_BLOCK, fl_as_signal_bit(signal));
    if (fl_as_queue_signal(process, thread, signal, info) != 0 && fl_as_send_signal(process, thread, signal) != 0)
        fl_as_exit_group(128 + signal);
    *(uint64_t *)(void *)&context->uc_sigmask = ~fl_as_signal_bit(signal);
}
#include "uninstrumented_end.h"
#endif
