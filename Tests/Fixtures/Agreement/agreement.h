/* SPDX-License-Identifier: Apache-2.0
 *
 * What is counted while the two readers of call frame information walk the same stacks. It lies in a shared mapping of
 * a file, so that it outlives every kind of death. Owner: sampler.c maps it, once; compare.c adds to it, atomically,
 * for forked children add to the same file; sum.c reads it when the process is gone. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { RECORDS_MAX = 32, IMAGE_NAME_MAX = 48, PLACES = 1 << 18 };

/* A step that the two did not take alike. */
typedef struct {
    uint64_t address;             /* in the file of the image; where the frame stands */
    uint64_t registers;           /* bit n: register n differs; 0: one of them took no step, or ended */
    uint8_t own, memo, libunwind; /* enum fl_as_step */
    char image[IMAGE_NAME_MAX];   /* the last part of its path */
} agreement_record;

typedef struct {
    uint64_t walks, at_fault; /* stacks walked; those of them that a fatal signal has left */
    uint64_t skipped;         /* samples that came while another thread was being walked */
    uint64_t agreed, disagreed, only_libunwind, only_own; /* each step is in one of these, or: */
    uint64_t neither;                                     /* no call frame information, or unreadable memory */
    uint64_t falsified; /* steps that were altered on purpose before they were compared */
    uint64_t recorded;
    agreement_record record[RECORDS_MAX];
    uint8_t place[PLACES / 8]; /* a bit for each instruction that a step was taken from, by a hash */
} agreement;

/* Compares every step of the stack that `context` (a ucontext_t) stands on. One thread at a time; allocates nothing,
 * faults nowhere. `falsify`: each so many-th step is altered first; 0: none. */
void agreement_walk(agreement *counts, const void *context, uint64_t falsify);
