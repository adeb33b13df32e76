/* SPDX-License-Identifier: Apache-2.0
 *
 * DWARF expressions as call frame information uses them: the linker's for its .plt, and glibc's for its signal frame.
 * Source: DWARF 5, 2.5 and 6.4.2. */
#pragma once
#ifdef __linux__
#include "unwind.h"

/* Evaluates the block at `at`, which begins with its length, over `frame`'s registers. `first` is on the stack before
 * it begins, the CFA as a rule; NULL: nothing is. false: an operation that we do not know or that has no meaning here,
 * a register that is not known, memory that is not there, or too long. */
bool fl_as_cfi_evaluate(uint64_t at, const fl_as_frame *frame, const uint64_t *first, uint64_t *result);
#endif
