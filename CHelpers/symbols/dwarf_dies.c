/* SPDX-License-Identifier: Apache-2.0
 *
 * One walk over the DIEs of a unit: which functions, and which inlined into them, lie around the addresses. No
 * recursion: depth is a number. swiftc nests functions in modules, types and other functions, and writes no
 * DW_AT_sibling, so every DIE is passed. */
#ifdef __linux__
#include "dwarf.h"

static void add_level(fl_batch *batch, fl_query *query, const fl_level *level, bool is_inlined) {
    if (!is_inlined) query->levels.count = 0; /* a function of its own, nested in another one's DIE */
    size_t count = query->levels.count;
    /* Of siblings that both cover the address, the first; of one DIE's ranges too. */
    if (count && query->levels.items[count - 1].depth >= level->depth) return;
    if (batch->levels_of_unit >= FL_MAX_LEVELS_OF_UNIT || !FL_GROW(query->levels, FL_MAX_LEVELS)) return;
    batch->levels_of_unit++;
    query->levels.items[query->levels.count++] = *level;
}

/* What is done with a function, or one that was inlined; true: what was inlined into it is wanted, too. */
typedef bool fl_function_taker(fl_batch *batch, const fl_unit *unit, const fl_value *kept, fl_level level,
                               bool is_inlined, void *context);

/* true: some address lies in it. */
static bool give_to_addresses(fl_batch *batch, const fl_unit *unit, const fl_value *kept, fl_level level,
                              bool is_inlined, void *context) {
    (void)context;
    bool any = false;
    uint64_t low, high;
    level.call_file = kept[FL_CALL_FILE].number;
    level.call_line = (uint32_t)kept[FL_CALL_LINE].number;
    level.call_column = (uint32_t)kept[FL_CALL_COLUMN].number;
    fl_range_list list = fl_ranges_of(batch->symbols, unit, &kept[FL_LOW], &kept[FL_HIGH], &kept[FL_CODE_RANGES]);
    while (fl_next_range(&list, &batch->deadline, &low, &high)) {
        for (size_t i = fl_first_query(batch->of_unit, batch->of_unit_count, low); i < batch->of_unit_count; i++) {
            if (batch->of_unit[i]->address >= high || fl_step(&batch->deadline)) break;
            add_level(batch, batch->of_unit[i], &level, is_inlined);
            any = true;
        }
    }
    return any;
}

/* From the DIE at `start` to the end of what it holds. Inlined into each of its callers. */
static inline __attribute__((always_inline)) void walk(fl_batch *batch, const fl_unit *unit, uint64_t start,
                                                       fl_function_taker *take, void *context) {
    fl_load_abbreviations(batch, unit);
    batch->levels_of_unit = 0;
    fl_bytes info = batch->symbols->section[FL_INFO];
    fl_cursor cursor = fl_cursor_at(info, start);
    cursor.end = info.start + unit->end;
    uint32_t depth = 0;
    uint32_t foreign = 0; /* the depth below a function that has none of the addresses; 0: not in one */
    while (fl_left(&cursor) && !cursor.bad && !fl_step(&batch->deadline)) {
        uint64_t offset = (uint64_t)(cursor.at - info.start);
        uint64_t code = fl_read_uleb(&cursor);
        if (!code) {
            if (depth <= 1) return;
            if (--depth < foreign) foreign = 0;
            continue;
        }
        const fl_abbreviation *entry = fl_abbreviation_of(batch, code);
        if (!entry) return;
        bool is_inlined = entry->tag == DW_TAG_inlined_subroutine;
        bool any = false;
        /* Below a foreign function only functions of their own can matter. */
        bool is_passed = entry->tag != DW_TAG_subprogram && (!is_inlined || foreign);
        if (is_passed) {
            fl_skip_attributes(batch, unit, entry, &cursor);
        } else {
            fl_value kept[FL_KEPT] = {0};
            fl_keep_attributes(batch, unit, entry, &cursor, kept);
            if (cursor.bad) return;
            any = take(batch, unit, kept, (fl_level){.die = offset, .depth = depth}, is_inlined, context);
        }
        if (!entry->has_children) {
            if (!depth) return;
            continue;
        }
        depth++;
        if (is_passed) continue;
        if (any) foreign = 0;
        else if (!foreign) foreign = depth;
    }
}

void fl_walk_dies(fl_batch *batch, const fl_unit *unit) { walk(batch, unit, unit->root, give_to_addresses, NULL); }

void fl_walk_function(fl_batch *batch, const fl_unit *unit, uint64_t die) {
    walk(batch, unit, die, give_to_addresses, NULL);
}

typedef struct {
    fl_function_visitor *visit;
    void *context;
    bool is_enough;
} fl_listing;

static bool list_function(fl_batch *batch, const fl_unit *unit, const fl_value *kept, fl_level level, bool is_inlined,
                          void *context) {
    fl_listing *listing = context;
    uint64_t low, high;
    fl_range_list list = fl_ranges_of(batch->symbols, unit, &kept[FL_LOW], &kept[FL_HIGH], &kept[FL_CODE_RANGES]);
    while (!is_inlined && !listing->is_enough && fl_next_range(&list, &batch->deadline, &low, &high))
        listing->is_enough = !listing->visit(listing->context, level.die, low, high);
    return false;
}

bool fl_list_functions(fl_batch *batch, const fl_unit *unit, fl_function_visitor *visit, void *context) {
    fl_listing listing = {visit, context, false};
    walk(batch, unit, unit->root, list_function, &listing);
    return !listing.is_enough && !batch->deadline.passed;
}
#endif
