/* SPDX-License-Identifier: Apache-2.0
 *
 * In place of handler/checked_load.c, whose loads need a handler of SIGSEGV that comes first: here that is the
 * program's own. The kernel is asked whether a page can be read; each page once in a walk. */
#define _GNU_SOURCE
#include "probed_load.h"
#include "../../../CHelpers/crash/handler/checked_load.h"
#include "../../../CHelpers/crash/handler/crash_state.h"
#include "../../../CHelpers/crash/handler/syscalls.h"
#include <string.h>

fl_crash_state fl_as_state; /* of nobody who has crashed: the snapshot of the images asks */

enum { PAGE = 4096, PAGES = 256 }; /* the smallest page of both architectures */

static uint64_t readable[PAGES]; /* 0: empty; the page at 0 is never readable */

void probed_load_forget(void) { memset(readable, 0, sizeof readable); }

/* rt_sigprocmask copies the set before it looks at `how`: EFAULT, or else EINVAL, and nothing is changed
 * (kernel/signal.c). One of the calls that a seccomp filter has to allow, as the end of every signal handler needs it
 * in libc. */
static bool can_read(uint64_t address) {
    enum { NO_SUCH_HOW = -1, FAULT = -14 };
    uint64_t page = address & ~(uint64_t)(PAGE - 1), *place = &readable[page / PAGE % PAGES];
    if (*place == page) return page != 0;
    if (fl_as_system_call(SYS_rt_sigprocmask, NO_SUCH_HOW, (long)page, 0, 8) == FAULT) return false;
    *place = page;
    return true;
}

bool fl_as_load(uint64_t address, uint64_t *value) {
    if (address > UINT64_MAX - 7 || !can_read(address) || !can_read(address + 7)) return false;
    memcpy(value, (const void *)(uintptr_t)address, sizeof *value);
    return true;
}

size_t fl_as_load_bytes(uint64_t address, void *out, size_t length) {
    size_t done = 0;
    while (done < length && address <= UINT64_MAX - done && can_read(address + done)) {
        uint64_t at = address + done;
        size_t part = PAGE - at % PAGE < length - done ? PAGE - at % PAGE : length - done;
        memcpy((uint8_t *)out + done, (const void *)(uintptr_t)at, part);
        done += part;
    }
    return done;
}
