/* SPDX-License-Identifier: Apache-2.0
 *
 * Who awaits the crashed async function: a suspended caller has no frame on the thread's stack, but a context in the
 * heap, {parent's context, where to resume}; the contexts are a chain. Owner: static memory of the reporting thread. */
#pragma once
#ifdef __linux__
#include "unwind.h"

enum { FL_ASYNC_CALLERS_MAX = 64 };

typedef struct {
    uint32_t count;
    uint64_t resume[FL_ASYNC_CALLERS_MAX]; /* nearest first: the first instruction after the await */
} fl_as_async_chain;

/* Empty where the stack was not begun by Swift's executor, or its context does not look like one. */
void fl_as_follow_async(const fl_as_stack *stack, fl_as_async_chain *out);
#endif
