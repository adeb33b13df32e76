/* SPDX-License-Identifier: Apache-2.0
 *
 * A wait that nobody will end: for a lock, say, that a stopped thread holds.
 * Static memory of the reporting thread's, which alone calls these; it must have stopped the others. */
#pragma once
#ifdef __linux__
#include <stdbool.h>
#include <ucontext.h>

/* From now on: threads that begin later can end a wait. */
void fl_as_endless_wait_begin(void);
/* In a handler of the watchdog's signal, whether what it has interrupted is such a wait: the one of the call before,
 * without a limit of its own, on a word that no other process sees, while no thread runs but the caller. false also
 * where that cannot be told, as without /proc. */
bool fl_as_endless_wait(const ucontext_t *context);
#endif
