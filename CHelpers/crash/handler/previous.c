/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "crash_state.h"
#include "machine.h"
#include "previous.h"
#include "syscalls.h"
#include <time.h>

enum {
    THREADS = 64,
    /* So often in a row, each within the time below, a fault at one place was not repaired. */
    TIMES = 64,
    AGAIN_NANOSECONDS = 100000,
};

/* The last fault of a thread that its handler left where it was; another thread with the same place loses the count,
 * which only costs a few more rounds. */
static struct {
    int32_t thread;
    uint32_t times;
    uint64_t pc, address, time;
} faults[THREADS];

/* Threads that are in such a handler: what faults there is not repaired by calling it again. */
static int32_t inside[THREADS];

bool fl_as_call_previous(int signal, siginfo_t *info, ucontext_t *context) {
    const struct sigaction *previous = &fl_as_state.previous[signal];
    if (previous->sa_flags & SA_SIGINFO) {
        if (!previous->sa_sigaction) return false;
        previous->sa_sigaction(signal, info, context);
        return true;
    }
    if (previous->sa_handler == SIG_DFL || previous->sa_handler == SIG_IGN) return false;
    previous->sa_handler(signal);
    return true;
}

/* A handler that moves the program counter has dealt with the fault. One that has made the page readable leaves it, and
 * so does one that has done nothing: then the same fault comes again at once. */
bool fl_as_previous_repairs(int signal, siginfo_t *info, ucontext_t *context) {
    fl_as_registers before, after;
    fl_as_kernel_action now_set = {0};
    if (info->si_code <= 0) return false; /* sent by somebody, abort(3) or kill(2): nothing to repair */
    fl_as_registers_of(context, &before);
    uint64_t pc = before.value[FL_REGISTER_PC], address = (uint64_t)(uintptr_t)info->si_addr;
    uint64_t now = fl_as_clock(CLOCK_MONOTONIC);
    int32_t self = fl_as_gettid();
    __typeof__(*faults) *fault = &faults[(uint32_t)self % THREADS];
    bool again =
        fault->thread == self && fault->pc == pc && fault->address == address && now - fault->time < AGAIN_NANOSECONDS;
    uint32_t times = again ? fault->times + 1 : 1;
    int32_t *mark = &inside[(uint32_t)self % THREADS];
    if (times > TIMES || *mark == self) return false;
    *mark = self;
    bool called = fl_as_call_previous(signal, info, context);
    *mark = 0;
    if (!called) return false;
    /* It has given up, and the next fault would be the kernel's: Swift's backtracer does so. */
    if (fl_as_set_action(signal, NULL, &now_set) == 0 && now_set.handler != (uint64_t)(uintptr_t)fl_as_handle_signal)
        return false;
    fl_as_registers_of(context, &after);
    *fault = (__typeof__(*faults)){self, after.value[FL_REGISTER_PC] == pc ? times : 0, pc, address,
                                   fl_as_clock(CLOCK_MONOTONIC)};
    return true;
}
#include "uninstrumented_end.h"
#endif
