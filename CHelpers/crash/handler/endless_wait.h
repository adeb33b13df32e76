/* SPDX-License-Identifier: Apache-2.0
 *
 * A wait that only another thread can end: for a lock, say, which a stopped thread may hold.
 * Static memory of the reporting thread's, which alone calls this. */
#pragma once
#ifdef __linux__
#include <stdint.h>
#include <ucontext.h>

/* In a handler of the watchdog's signal: how many times in a row what it has interrupted was a wait for the same word,
 * without a limit of its own, which no other process sees. 0: it is none. */
uint32_t fl_as_looks_at_wait(const ucontext_t *context);
#endif
