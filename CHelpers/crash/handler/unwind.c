/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "syscalls.h"
#include "unwind.h"
#include <time.h>

/* Where the walk stands, and where libunwind's cursor has begun. Static: the handler's frames stay small. */
static fl_as_frame now, base;

static void add(fl_as_stack *stack) {
    const uint64_t *value = now.registers.value;
    uint64_t pc = value[FL_REGISTER_PC];
    uint32_t place = stack->depth % FL_FRAMES_BASE;
    stack->base[place].pc = pc;
    stack->base[place].fp = value[FL_REGISTER_FP];
    stack->base[place].async = value[FL_REGISTER_ASYNC];
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

void fl_as_put_unwinder(fl_as_buffer *out, const fl_as_stack *stack) {
    const char *const names[] = {stack->by_libunwind ? "libunwind" : NULL, stack->by_cfi ? "own CFI" : NULL,
                                 stack->by_frame_pointer ? "frame pointers" : NULL,
                                 stack->by_scan ? "stack scan" : NULL};
    bool any = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!names[i]) continue;
        if (any) fl_as_put_literal(out, ", ");
        fl_as_put_literal(out, names[i]);
        any = true;
    }
}

static void begin(const fl_as_registers *registers, uint64_t known, fl_as_stack *stack) {
    now.registers = *registers;
    now.registers.value[FL_REGISTER_FP] = fl_as_unmark(registers->value[FL_REGISTER_FP]);
    now.known = known;
    now.exact = true;
    stack->depth = 0;
    stack->by_libunwind = stack->by_cfi = stack->by_frame_pointer = stack->by_scan = false;
    add(stack);
}

static bool begin_libunwind(void) {
    base = now;
    return fl_as_libunwind_begin(&base);
}

/* The clock is a system call: most threads have fewer frames than it is asked after. */
static bool goes_on(const fl_as_stack *stack, uint64_t nanoseconds) {
    static uint64_t until;
    if (stack->depth >= FL_STEPS_MAX || stack->depth % 64 != 0) return stack->depth < FL_STEPS_MAX;
    uint64_t time = fl_as_clock(CLOCK_MONOTONIC);
    if (stack->depth == 64) until = time + nanoseconds;
    return time <= until;
}

static enum fl_as_step noted(enum fl_as_step step, bool *way) {
    if (step == FL_STEP_CALLER) *way = true;
    return step;
}

static bool is_answer(enum fl_as_step step) { return step == FL_STEP_CALLER || step == FL_STEP_END; }

/* Without call frame information. The scan is before the frame pointer, which it leaves alone where there is one: a
 * function that has none would be taken for its caller. */
static enum fl_as_step plain_step(fl_as_stack *stack) {
    enum fl_as_step step = fl_as_stub_step(&now);
    if (!is_answer(step)) step = noted(fl_as_scan_step(&now), &stack->by_scan);
    return is_answer(step) ? step : noted(fl_as_fp_step(&now), &stack->by_frame_pointer);
}

/* Libunwind as far as it goes; where it knows no caller, one step of our own, then libunwind again from there. */
static enum fl_as_step crashed_step(fl_as_stack *stack, bool *has_cursor) {
    enum fl_as_step step = *has_cursor ? noted(fl_as_libunwind_step(&now), &stack->by_libunwind) : FL_STEP_UNKNOWN;
    if (is_answer(step)) return step;
    step = noted(fl_as_cfi_step(&now, false), &stack->by_cfi);
    if (!is_answer(step)) step = plain_step(stack);
    *has_cursor = step == FL_STEP_CALLER && begin_libunwind();
    return step;
}

/* On aarch64 our own reader goes first: before 1.7 libunwind does not know signed return addresses, with which whole
 * distributions are compiled, and then takes what is left in the link register for the caller. */
#if defined(__x86_64__)
enum { LIBUNWIND_FIRST = true };
#else
enum { LIBUNWIND_FIRST = false };
#endif

static enum fl_as_step thread_step(fl_as_stack *stack) {
    enum fl_as_step step = noted(fl_as_cfi_step(&now, true), &stack->by_cfi);
    if (step == FL_STEP_HARD && begin_libunwind()) step = noted(fl_as_libunwind_step(&now), &stack->by_libunwind);
    return is_answer(step) ? step : plain_step(stack);
}

/* Beyond the newest frames a stack is a recursion, hundreds of thousands of steps of few functions: libunwind would be
 * at it for a second. A rule that this walk has remembered is of a function on this very stack, hence still loaded. */
void fl_as_walk(const fl_as_registers *registers, fl_as_stack *stack) {
    begin(registers, FL_KNOWN_ALL, stack);
    fl_as_cfi_forget();
    bool has_cursor = LIBUNWIND_FIRST && begin_libunwind();
    while (goes_on(stack, FL_WALK_NANOSECONDS)) {
        bool by_libunwind = LIBUNWIND_FIRST && stack->depth < FL_FRAMES_NEWEST;
        if ((by_libunwind ? crashed_step(stack, &has_cursor) : thread_step(stack)) != FL_STEP_CALLER) return;
        add(stack);
    }
}

void fl_as_walk_thread(const fl_as_registers *registers, bool whole, fl_as_stack *stack) {
    begin(registers, whole ? FL_KNOWN_ALL : FL_KNOWN_SP_PC, stack);
    while (goes_on(stack, FL_WALK_THREAD_NANOSECONDS) && thread_step(stack) == FL_STEP_CALLER) add(stack);
}
#include "uninstrumented_end.h"
#endif
