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

/* struct AsyncContext (include/swift/ABI/Task.h of swiftlang/swift): whose callee it is, and where that one resumes. */
typedef struct {
    uint64_t parent, resume;
} fl_as_async_context;

/* The contexts from the one at `address` on; false: it does not look like one. `read`: false when there is none, or it
 * does not resume in code that is known. Any thread. */
bool fl_as_follow_contexts(uint64_t address, bool (*read)(uint64_t, fl_as_async_context *), fl_as_async_chain *out);
/* Whether a return address lies in swift_job_run, which begins at `job_run`. */
static inline bool fl_as_in_job_run(uint64_t job_run, uint64_t address) {
    enum { JOB_RUN_SIZE = 512 }; /* more than it has, less than to the next function that calls jobs */
    return address >= job_run && address - job_run < JOB_RUN_SIZE;
}

/* Empty where the stack was not begun by Swift's executor, or its context does not look like one. */
void fl_as_follow_async(const fl_as_stack *stack, fl_as_async_chain *out);
#endif
