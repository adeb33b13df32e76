/* SPDX-License-Identifier: Apache-2.0
 *
 * Ranges of addresses that overlap, made into ranges that do not: at each address the one of the highest rank stays. */
#pragma once
#include "deadline.h"
#include "growing.h"

typedef struct {
    uint64_t low, high; /* not empty */
    uint64_t rank;
    uint64_t payload;
    size_t order; /* when it was added */
} fl_interval;

typedef struct {
    fl_interval *items;
    size_t count, capacity;
} fl_intervals;

/* Takes ascending, disjoint parts of the ranges; neighbours of one rank and payload come as one. false: enough. */
typedef bool fl_interval_visitor(void *context, const fl_interval *part);

/* Sorts `ranges`. Of ranges with one start and rank, the longest wins, then the one that was added last.
 * false: no memory, too late, or the visitor said so. */
bool fl_flatten(fl_intervals *ranges, fl_deadline *deadline, fl_interval_visitor *visit, void *context);
