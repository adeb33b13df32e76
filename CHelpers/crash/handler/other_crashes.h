/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that crash while another one reports: they are noted and wait; the process dies by the first one's signal.
 * Owner: static memory. Writers: the crashing threads, each its own place. Reader: the reporting thread. */
#pragma once
#ifdef __linux__
#include <signal.h>
#include <stdint.h>

enum { FL_OTHER_CRASHES = 16 };

typedef struct {
    int32_t thread; /* stored last; 0: nothing here */
    int32_t signal, code;
    uint64_t address;
} fl_as_other_crash;

void fl_as_note_other_crash(int32_t thread, int signal, const siginfo_t *info);
const fl_as_other_crash *fl_as_other_crash_of(int32_t thread); /* NULL: it did not */
#endif
