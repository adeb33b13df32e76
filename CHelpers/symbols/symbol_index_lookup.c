/* SPDX-License-Identifier: Apache-2.0
 *
 * A batch's symbols and units out of an index: for each block that an address lies in, one merge with the addresses. */
#ifdef __linux__
#include "dwarf.h"

typedef struct {
    uint64_t low, high;
    uint64_t symbol, name; /* of a symbol */
    uint64_t unit;         /* of a range */
} fl_entry;

static bool read_entry(fl_index_table table, fl_cursor *cursor, fl_entry *entry) {
    uint64_t gap = fl_read_uleb(cursor), length = fl_read_uleb(cursor);
    entry->low = entry->high + gap;
    entry->high = entry->low + length;
    if (table == FL_INDEX_SYMBOLS) {
        entry->symbol = entry->low - fl_read_uleb(cursor);
        entry->name += (uint64_t)fl_read_sleb(cursor);
    } else {
        entry->unit = fl_read_uleb(cursor);
    }
    return !cursor->bad && entry->high > entry->low; /* nor does it wrap */
}

static bool give_symbol(fl_batch *batch, fl_query *query, const fl_entry *entry) {
    query->symbol = fl_text_at(batch->symbols->symbol_names, entry->name);
    query->symbol_file = batch->symbols;
    query->symbol_address = entry->symbol;
    return query->symbol && entry->symbol <= entry->low;
}

static bool give_unit(fl_batch *batch, fl_query *query, const fl_entry *entry) {
    return entry->unit < batch->units.count && fl_give_to_unit(batch, query, entry->unit);
}

/* All addresses of the batch that `table` knows. false: the index is damaged. */
static bool merge(fl_batch *batch, fl_index_table table) {
    const fl_index *index = &batch->symbols->index;
    uint32_t count = index->tables[table].blocks;
    for (size_t next = 0; next < batch->query_count;) {
        uint32_t number = fl_index_block_of(index, table, batch->queries[next].address);
        if (number == count) { /* before all blocks */
            next++;
            continue;
        }
        fl_index_block block;
        if (!fl_index_block_at(index, table, number, &block)) return false;
        fl_entry entry = {.high = block.key};
        while (next < batch->query_count && fl_left(&block.cursor)) {
            if (!read_entry(table, &block.cursor, &entry) || fl_step(&batch->deadline)) return false;
            while (next < batch->query_count && batch->queries[next].address < entry.low) next++;
            for (; next < batch->query_count && batch->queries[next].address < entry.high; next++) {
                fl_query *query = &batch->queries[next];
                if (!(table == FL_INDEX_SYMBOLS ? give_symbol : give_unit)(batch, query, &entry)) return false;
            }
        }
        /* Behind the block's last entry and before the next block. */
        while (next < batch->query_count && fl_index_block_of(index, table, batch->queries[next].address) == number)
            next++;
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
    if (list_units(batch) && merge(batch, FL_INDEX_SYMBOLS) && merge(batch, FL_INDEX_RANGES)) return true;
    if (!batch->deadline.passed) fl_symbols_drop_index(batch->symbols);
    batch->units.count = batch->hits.count = 0;
    for (size_t i = 0; i < batch->query_count; i++) {
        fl_query *query = &batch->queries[i];
        query->symbol = NULL;
        query->symbol_address = query->symbol_size = 0;
        query->hit = FL_NO_UNIT;
    }
    return false;
}
#endif
