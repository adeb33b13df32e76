/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include "unwind.h"
#include "checked_load.h"
#include "images.h"
#include "syscalls.h"
#include <time.h>

static void add(fl_as_stack *stack, uint64_t pc) {
    if (stack->depth < FL_FRAMES_NEWEST) stack->newest[stack->depth] = pc;
    else stack->oldest[(stack->depth - FL_FRAMES_NEWEST) % FL_FRAMES_OLDEST] = pc;
    stack->depth++;
}

uint32_t fl_as_stack_kept(const fl_as_stack *stack) {
    uint32_t most = FL_FRAMES_NEWEST + FL_FRAMES_OLDEST;
    return stack->depth < most ? stack->depth : most;
}

uint64_t fl_as_stack_frame(const fl_as_stack *stack, uint32_t index) {
    if (index < FL_FRAMES_NEWEST) return stack->newest[index];
    uint32_t place = index - FL_FRAMES_NEWEST;
    if (stack->depth > FL_FRAMES_NEWEST + FL_FRAMES_OLDEST) place += stack->depth - FL_FRAMES_NEWEST;
    return stack->oldest[place % FL_FRAMES_OLDEST];
}

/* A call through a wild or null pointer: there is no function at pc, but its caller is where a call puts it. */
static bool step_over_wild_call(fl_as_registers *registers) {
#if defined(__x86_64__)
    uint64_t caller;
    if (!fl_as_load(registers->value[FL_REGISTER_SP], &caller)) return false;
    registers->value[FL_REGISTER_SP] += 8;
#else
    uint64_t caller = registers->value[FL_REGISTER_LR];
#endif
    if (!fl_as_image_at(caller)) return false;
    registers->value[FL_REGISTER_PC] = caller;
    return true;
}

/* Libunwind as far as it goes; where it does not know a caller, one step along the frame pointers, then libunwind
 * again from there. */
void fl_as_walk(const fl_as_registers *start, fl_as_stack *stack) {
    static fl_as_registers now, base; /* base: what libunwind's cursor reads; static: the handler's frames stay small */
    uint64_t until = fl_as_clock(CLOCK_MONOTONIC) + FL_WALK_NANOSECONDS;
    now = *start;
    stack->depth = 0;
    stack->by_libunwind = stack->by_frame_pointer = false;
    add(stack, now.value[FL_REGISTER_PC]);
    if (!fl_as_image_at(now.value[FL_REGISTER_PC]) && step_over_wild_call(&now)) add(stack, now.value[FL_REGISTER_PC]);
    base = now;
    bool libunwind = fl_as_libunwind_begin(&base);
    while (stack->depth < FL_STEPS_MAX) {
        if (stack->depth % 1024 == 0 && fl_as_clock(CLOCK_MONOTONIC) > until) return;
        enum fl_as_step step = libunwind ? fl_as_libunwind_step(&now) : FL_STEP_UNKNOWN;
        if (step == FL_STEP_CALLER) stack->by_libunwind = true;
        if (step == FL_STEP_UNKNOWN) {
            step = fl_as_fp_step(&now);
            if (step != FL_STEP_CALLER) return;
            stack->by_frame_pointer = true;
            base = now;
            libunwind = libunwind && fl_as_libunwind_begin(&base);
        }
        if (step == FL_STEP_END) return;
        add(stack, now.value[FL_REGISTER_PC]);
    }
}
#endif
