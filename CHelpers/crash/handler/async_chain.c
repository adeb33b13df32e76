/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "async_chain.h"
#include "checked_load.h"
#include "crash_state.h"
#include "images.h"

/* Each address must be code that we know, and the chain must end. */
bool fl_as_follow_contexts(uint64_t address, bool (*read)(uint64_t, fl_as_async_context *), fl_as_async_chain *out) {
    out->count = 0;
    while (out->count < FL_ASYNC_CALLERS_MAX) {
        fl_as_async_context context;
        if (address & 7 || !read(address, &context)) return false;
        if (!context.resume) return out->count > 0;
        out->resume[out->count++] = context.resume;
        if (!context.parent) return true;
        if (context.parent == address) return false;
        address = context.parent;
    }
    return true;
}

static bool read_context(uint64_t address, fl_as_async_context *context) {
    return fl_as_load(address, &context->parent) && fl_as_load(address + 8, &context->resume) &&
           (!context->resume || fl_as_image_at(context->resume));
}

static bool follow(uint64_t context, fl_as_async_chain *out) {
    return fl_as_follow_contexts(context, read_context, out);
}

/* The context is in its register, or, where the function has called others since, in the word below its frame pointer
 * (the extended frame of docs/ABI/CallConvSummary). */
static bool follow_from(const fl_as_stack *stack, uint32_t index, fl_as_async_chain *out) {
    uint32_t place = index % FL_FRAMES_BASE;
    uint64_t context;
    if (fl_as_load(stack->base[place].fp - 8, &context) && context && follow(context, out)) return true;
    return stack->base[place].async && follow(stack->base[place].async, out);
}

/* swift_job_run, or a function inlined into it or called by it, has called the async function: it is one or two frames
 * before. */
void fl_as_follow_async(const fl_as_stack *stack, fl_as_async_chain *out) {
    uint64_t job_run = fl_as_state.job_run;
    out->count = 0;
    if (!job_run) return;
    uint32_t first = stack->depth > FL_FRAMES_BASE ? stack->depth - FL_FRAMES_BASE : 0;
    for (uint32_t i = stack->depth; i-- > first + 1;) {
        uint64_t pc = stack->base[i % FL_FRAMES_BASE].pc;
        if (!fl_as_in_job_run(job_run, pc)) continue;
        if (i >= first + 2 && follow_from(stack, i - 2, out)) return;
        if (follow_from(stack, i - 1, out)) return;
        out->count = 0;
        return;
    }
}
#include "uninstrumented_end.h"
#endif
