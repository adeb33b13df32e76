/* SPDX-License-Identifier: Apache-2.0
 *
 * A batch's symbols and units out of an index: for each block that an address lies in, one merge with the addresses. */
#ifdef __linux__
#include "dwarf.h"

typedef struct {
    uint64_t low, high;
    uint64_t symbol, name; /* of a symbol */
    uint64_t unit;         /* of a range */
    uint64_t die;          /* of a function */
} fl_entry;

static bool read_entry(fl_index_table table, fl_cursor *cursor, fl_entry *entry) {
    uint64_t gap = fl_read_uleb(cursor), length = fl_read_uleb(cursor);
    entry->low = entry->high + gap;
    entry->high = entry->low + length;
    if (table == FL_INDEX_SYMBOLS) {
        entry->symbol = entry->low - fl_read_uleb(cursor);
        entry->name += (uint64_t)fl_read_sleb(cursor);
    } else if (table == FL_INDEX_RANGES) {
        entry->unit = fl_read_uleb(cursor);
    } else {
        entry->die += (uint64_t)fl_read_sleb(cursor);
    }
    return !cursor->bad && entry->high > entry->low; /* nor does it wrap */
}

static bool give(fl_batch *batch, fl_index_table table, fl_query *query, const fl_entry *entry) {
    switch (table) {
    case FL_INDEX_SYMBOLS:
        query->symbol = fl_text_at(batch->symbols->symbol_names, entry->name);
        query->symbol_file = batch->symbols;
        query->symbol_address = entry->symbol;
        return query->symbol && entry->symbol <= entry->low;
    case FL_INDEX_RANGES: return entry->unit < batch->units.count && fl_give_to_unit(batch, query, entry->unit);
    default: query->function = entry->die; return true;
    }
}

/* All of the sorted queries that `table` knows. false: the index is damaged. */
static bool merge(fl_batch *batch, fl_index_table table, fl_query *const *queries, size_t count) {
    const fl_index *index = &batch->symbols->index;
    uint32_t blocks = index->tables[table].blocks;
    for (size_t next = 0; next < count;) {
        uint32_t number = fl_index_block_of(index, table, queries[next]->address);
        if (number == blocks) { /* before all blocks */
            next++;
            continue;
        }
        fl_index_block block;
        if (!fl_index_block_at(index, table, number, &block)) return false;
        fl_entry entry = {.high = block.key};
        while (next < count && fl_left(&block.cursor)) {
            if (!read_entry(table, &block.cursor, &entry) || fl_step(&batch->deadline)) return false;
            while (next < count && queries[next]->address < entry.low) next++;
            for (; next < count && queries[next]->address < entry.high; next++)
                if (!give(batch, table, queries[next], &entry)) return false;
        }
        /* Behind the block's last entry and before the next block. */
        while (next < count && fl_index_block_of(index, table, queries[next]->address) == number) next++;
    }
    return true;
}

/* Their offsets only: a header is read when a unit is wanted. */
static bool list_units(fl_batch *batch) {
    const fl_index *index = &batch->symbols->index;
    for (uint32_t number = 0; number < index->tables[FL_INDEX_UNITS].blocks; number++) {
        fl_index_block block;
        if (!fl_index_block_at(index, FL_INDEX_UNITS, number, &block)) return false;
        uint64_t offset = block.key;
        while (fl_left(&block.cursor)) {
            uint64_t distance = fl_read_uleb(&block.cursor);
            offset += distance;
            size_t count = batch->units.count;
            bool ascends = !count || offset > batch->units.items[count - 1].offset;
            if (block.cursor.bad || !ascends || fl_step(&batch->deadline) || !FL_GROW(batch->units, FL_MAX_UNITS))
                return false;
            batch->units.items[batch->units.count++] = (fl_unit){.offset = offset};
        }
    }
    return true;
}

bool fl_find_in_index(fl_batch *batch) {
    if (!batch->symbols->index.file.length) return false;
    for (size_t i = 0; i < batch->query_count; i++) batch->of_unit[i] = &batch->queries[i];
    if (list_units(batch) && merge(batch, FL_INDEX_SYMBOLS, batch->of_unit, batch->query_count) &&
        merge(batch, FL_INDEX_RANGES, batch->of_unit, batch->query_count))
        return true;
    bool is_late = batch->deadline.passed; /* then the names found so far are all there will be */
    if (!is_late) fl_symbols_drop_index(batch->symbols);
    batch->units.count = batch->hits.count = 0;
    for (size_t i = 0; i < batch->query_count; i++) {
        fl_query *query = &batch->queries[i];
        query->hit = FL_NO_UNIT;
        if (is_late) continue;
        query->symbol = NULL;
        query->symbol_address = query->symbol_size = 0;
    }
    return false;
}

/* The next function that some query lies in, behind the DIE `after`; UINT64_MAX: there is none. */
static uint64_t next_function(const fl_batch *batch, uint64_t after) {
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < batch->of_unit_count; i++) {
        uint64_t function = batch->of_unit[i]->function;
        if (function > after && function < next) next = function;
    }
    return next;
}

bool fl_walk_indexed(fl_batch *batch, const fl_unit *unit) {
    if (!batch->symbols->index.file.length) return false;
    for (size_t i = 0; i < batch->of_unit_count; i++) batch->of_unit[i]->function = 0;
    if (!merge(batch, FL_INDEX_FUNCTIONS, batch->of_unit, batch->of_unit_count)) {
        if (!batch->deadline.passed) fl_symbols_drop_index(batch->symbols);
        return false;
    }
    for (size_t i = 0; i < batch->of_unit_count; i++) {
        uint64_t function = batch->of_unit[i]->function;
        /* Of a unit that overlaps with this one. */
        if (function && (function <= unit->root || function >= unit->end)) return false;
    }
    /* In the order of a whole walk: of two functions around an address, the later one stays. */
    for (uint64_t die = 0; (die = next_function(batch, die)) != UINT64_MAX && !fl_is_past(&batch->deadline);)
        fl_walk_function(batch, unit, die);
    return true;
}
#endif
