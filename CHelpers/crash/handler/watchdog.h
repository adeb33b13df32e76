/* SPDX-License-Identifier: Apache-2.0
 *
 * A timer that sends the reporting thread back to where its stage began: nothing of ours, and no handler that we chain
 * to, may keep a dead process from ending. Its signal is FL_STOP_SIGNAL, which no code can block. */
#pragma once
#ifdef __linux__
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* One after the other; a second call sets the timer anew. It strikes again `every` so many nanoseconds. */
void fl_as_watchdog_start(uint64_t nanoseconds, uint64_t every);
/* Whether a signal is the timer's. It then has struck: `fl_as_watchdog_has_struck` until the next start. */
bool fl_as_watchdog_sent(const siginfo_t *info);
bool fl_as_watchdog_has_struck(void);
/* More than once, over all starts: whatever hangs is no accident. */
bool fl_as_watchdog_struck_again(void);
#endif
