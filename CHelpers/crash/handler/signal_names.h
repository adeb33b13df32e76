/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of signals and of their codes. Source: sigaction(2), asm-generic/siginfo.h of Linux 6. */
#pragma once
#ifdef __linux__

typedef struct {
    int number;
    const char *name, *description;
} fl_as_signal_name;

/* Those that end a run; ended by number 0. */
extern const fl_as_signal_name fl_as_fatal_signals[];

const fl_as_signal_name *fl_as_signal_named(int signal);
/* "SEGV_MAPERR" …; "" for a code that has no name. */
const char *fl_as_code_name(int signal, int code);
#endif
