/* SPDX-License-Identifier: Apache-2.0
 *
 * A stage of the report that may fault: the fault ends the stage, not the report.
 * State: one static word, written by the reporting thread only; one attempt at a time, none inside another. */
#pragma once
#ifdef __linux__
#include <stdbool.h>
#include <ucontext.h>

/* Calls `stage`; false when it faulted, or was sent back by the watchdog. What it had written so far stays. */
bool fl_as_attempt(void (*stage)(void));
/* In a signal handler on the reporting thread: changes the context so that fl_as_attempt answers false when the handler
 * returns. false: no attempt is under way. */
bool fl_as_attempt_ends(ucontext_t *context);
#endif
