/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking one stopped thread's stack. The ways to find a caller share this header and one prefix:
 * unwind_libunwind.c (call frame information, by libunwind's remote interface) and unwind_fp.c (the frame-pointer
 * chain, where there is no such information or no libunwind).
 * Owner of a stack: the reporting thread, static memory. Nothing here allocates or locks; libunwind's pool lock is
 * taken by this one thread only. */
#pragma once
#ifdef __linux__
#include "machine.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FL_FRAMES_NEWEST = 200,
    FL_FRAMES_OLDEST = 50,
    FL_STEPS_MAX = 1000000, /* a loop in damaged unwind data ends here, or at FL_WALK_NANOSECONDS */
};
#define FL_WALK_NANOSECONDS 1000000000u

/* A stack, however deep: its newest and its oldest frames. Frame 0 is the program counter, the others are return
 * addresses. */
typedef struct {
    uint64_t newest[FL_FRAMES_NEWEST];
    uint64_t oldest[FL_FRAMES_OLDEST]; /* a ring of what came after `newest` */
    uint32_t depth;                    /* frames seen in all */
    bool by_libunwind, by_frame_pointer;
} fl_as_stack;

void fl_as_walk(const fl_as_registers *registers, fl_as_stack *stack);
uint32_t fl_as_stack_kept(const fl_as_stack *stack);
/* `index` counts the kept frames, newest first. */
uint64_t fl_as_stack_frame(const fl_as_stack *stack, uint32_t index);

/* What a way says of one step. */
enum fl_as_step { FL_STEP_CALLER, FL_STEP_END, FL_STEP_UNKNOWN };

/* A walk of libunwind's starts at `registers`; false: it is not there. `registers` must outlive the walk. */
bool fl_as_libunwind_begin(const fl_as_registers *registers);
enum fl_as_step fl_as_libunwind_step(fl_as_registers *caller);

enum fl_as_step fl_as_fp_step(fl_as_registers *registers);
#endif
