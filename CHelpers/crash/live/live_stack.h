/* SPDX-License-Identifier: Apache-2.0
 *
 * The calling thread's own stack, for captures by the service. Normal threads only; no lock of ours, no allocation, and
 * memory is shared with neither the handler nor another thread but for the memo of live_rule.h. */
#pragma once
#ifdef __linux__
#include <stddef.h>
#include <stdint.h>

/* Where a walk stands: the registers that compilers count a frame from. */
typedef struct {
    uint64_t sp, fp;
    uint64_t base;  /* the callee-saved register of frames that are aligned and grow: rbx, x19 */
    uint64_t async; /* r14, x22: where Swift's async functions have their context */
    uint64_t pc;    /* a return address */
} fl_live_place;

/* Of the caller. */
extern void fl_live_here(fl_live_place *place) __attribute__((visibility("hidden")));
#endif
