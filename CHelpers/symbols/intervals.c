/* SPDX-License-Identifier: Apache-2.0
 *
 * A sweep over the ranges by address, with the list of those that are open: one or two in real files. A hostile one
 * with more runs into the deadline. */
#ifdef __linux__
#include "intervals.h"

typedef struct {
    fl_interval part; /* still growing; empty: none yet */
    fl_interval_visitor *visit;
    void *context;
} fl_output;

static int by_start(const void *left, const void *right) {
    const fl_interval *a = left, *b = right;
    if (a->low != b->low) return a->low < b->low ? -1 : 1;
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    if (a->high != b->high) return a->high < b->high ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static bool put(fl_output *output, const fl_interval *of, uint64_t low, uint64_t high) {
    fl_interval *part = &output->part;
    bool is_empty = part->low == part->high;
    if (!is_empty && part->high == low && part->rank == of->rank && part->payload == of->payload) {
        part->high = high;
        return true;
    }
    if (!is_empty && !output->visit(output->context, part)) return false;
    *part = *of;
    part->low = low;
    part->high = high;
    return true;
}

bool fl_flatten(fl_intervals *ranges, fl_deadline *deadline, fl_interval_visitor *visit, void *context) {
    if (fl_is_past(deadline)) return false;
    if (ranges->count) qsort(ranges->items, ranges->count, sizeof *ranges->items, by_start);
    struct {
        const fl_interval **items;
        size_t count, capacity;
    } open = {0};
    fl_output output = {.visit = visit, .context = context};
    size_t next = 0;
    uint64_t at = 0;
    bool fine = true;
    while (fine && (next < ranges->count || open.count)) {
        if (!open.count) at = ranges->items[next].low;
        while (fine && next < ranges->count && ranges->items[next].low == at) {
            fine = FL_GROW(open, SIZE_MAX);
            if (fine) open.items[open.count++] = &ranges->items[next++];
        }
        const fl_interval *best = NULL;
        uint64_t end = next < ranges->count ? ranges->items[next].low : UINT64_MAX;
        for (size_t i = 0; fine && i < open.count; i++) {
            fine = !fl_step(deadline);
            if (!best || open.items[i]->rank >= best->rank) best = open.items[i];
            if (open.items[i]->high < end) end = open.items[i]->high;
        }
        fine = fine && best && put(&output, best, at, end);
        size_t kept = 0;
        for (size_t i = 0; i < open.count; i++)
            if (open.items[i]->high > end) open.items[kept++] = open.items[i];
        open.count = kept;
        at = end;
    }
    if (fine && output.part.low < output.part.high) fine = visit(context, &output.part);
    free(open.items);
    return fine;
}
#endif
