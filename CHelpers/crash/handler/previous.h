/* SPDX-License-Identifier: Apache-2.0
 *
 * The handlers that were there before ours. State: `fl_as_state.previous`, written at install. */
#pragma once
#ifdef __linux__
#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

/* false: there was none, or only the default. */
bool fl_as_call_previous(int signal, siginfo_t *info, ucontext_t *context);
/* For a process that hosts a runtime which makes faults on purpose (JVM, .NET, Go, wasm): its handler is called; true:
 * it may have repaired the fault, and the program is to go on. false: it has not, or there is none: a crash. */
bool fl_as_previous_repairs(int signal, siginfo_t *info, ucontext_t *context);
#endif
