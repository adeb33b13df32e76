/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of signals and of their codes. Source: sigaction(2), asm-generic/siginfo.h of Linux 6. */
#pragma once
#ifdef __linux__
#include <stdint.h>

typedef struct {
    int number;
    const char *name, *description;
} fl_as_signal_name;

/* Those that end a run; ended by number 0. */
extern const fl_as_signal_name fl_as_fatal_signals[];

/* In the kernel's signal set, which is one word. */
static inline uint64_t fl_as_signal_bit(int number) { return (uint64_t)1 << (number - 1); }
uint64_t fl_as_fatal_signal_bits(void);

const fl_as_signal_name *fl_as_signal_named(int signal);
/* "SEGV_MAPERR" …; "" for a code that has no name. */
const char *fl_as_code_name(int signal, int code);
#endif
