/* SPDX-License-Identifier: Apache-2.0
 *
 * A batch, pass by pass. */
#ifdef __linux__
#include "dwarf.h"
#include <stdlib.h>

/* Bytes. A fault on a file maps the pages around, too: 64 KiB (mm/memory.c of Linux, fault_around_bytes). */
enum { LET_GO_EVERY = 2 << 20, PAGES_OF_NAMES = 8 << 10, LET_GO_EVERY_NAMES = 1024 };

static int by_address(const void *left, const void *right) {
    const fl_query *a = left, *b = right;
    if (a->address != b->address) return a->address < b->address ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static bool prepare(fl_batch *batch, const uint64_t *addresses, size_t count) {
    batch->queries = calloc(count ? count : 1, sizeof *batch->queries);
    batch->of_unit = calloc(count ? count : 1, 2 * sizeof *batch->of_unit);
    batch->earlier = calloc(count ? count : 1, sizeof *batch->earlier);
    if (!batch->queries || !batch->of_unit || !batch->earlier) return false;
    batch->query_count = count;
    for (size_t i = 0; i < count; i++)
        batch->queries[i] = (fl_query){.address = addresses[i], .index = i, .hit = FL_NO_UNIT};
    qsort(batch->queries, count, sizeof *batch->queries, by_address);
    return true;
}

static void inflate(fl_batch *batch, fl_section_kind first, fl_section_kind last, uint64_t limit) {
    for (fl_section_kind kind = first; kind <= last && !fl_is_past(&batch->deadline); kind++)
        fl_inflate(batch->symbols, kind, limit, &batch->deadline);
}

void fl_inflate_for_scan(fl_batch *batch, uint64_t limit) { inflate(batch, FL_INFO, FL_ADDR, limit); }

static void let_names_go(const fl_batch *batch) {
    fl_let_pages_go(batch->symbols);
    if (batch->symbols->image) fl_let_pages_go(batch->symbols->image);
}

/* So that no page of the file is needed any more. */
static void keep_symbols(fl_batch *batch) {
    for (size_t i = 0; i < batch->query_count; i++) {
        batch->queries[i].symbol = fl_keep_text(batch->symbols, batch->queries[i].symbol);
        if (i % LET_GO_EVERY_NAMES == LET_GO_EVERY_NAMES - 1) let_names_go(batch);
    }
}

static void keep_texts(fl_batch *batch, const fl_query *query) {
    fl_symbols *symbols = batch->symbols;
    for (size_t i = 0; i < query->row_count; i++) {
        fl_symbols_row *row = &batch->rows.items[query->first_row + i];
        if (row->name != query->symbol) row->name = fl_keep_text(symbols, row->name); /* that is a copy already */
        row->place.directory = fl_keep_text(symbols, row->place.directory);
        row->place.file = fl_keep_text(symbols, row->place.file);
        row->nearest.directory = fl_keep_text(symbols, row->nearest.directory);
        row->nearest.file = fl_keep_text(symbols, row->nearest.file);
        row->compilation_directory = fl_keep_text(symbols, row->compilation_directory);
        row->unit = fl_keep_text(symbols, row->unit);
    }
}

static int by_address_of_unit(const void *left, const void *right) {
    return by_address(*(fl_query *const *)left, *(fl_query *const *)right);
}

/* Asks, where an address has line 0, for the functions around the last line before it, too: which line of the function
 * that is really there that is, only they tell. */
static void add_earlier(fl_batch *batch, size_t count) {
    size_t all = count;
    for (size_t i = 0; i < count; i++) {
        fl_query *query = batch->of_unit[i];
        if (!query->has_place || query->place.line || !query->has_earlier) continue;
        fl_query *earlier = &batch->earlier[all - count];
        *earlier = (fl_query){.address = query->earlier_address};
        query->at_earlier = earlier;
        batch->of_unit[all++] = earlier;
    }
    if (all == count) return;
    qsort(batch->of_unit, all, sizeof *batch->of_unit, by_address_of_unit);
    batch->of_unit_count = all;
}

/* The queries of one unit, chained through the whole list: hits are few, and so are their queries. */
static void work_on_hit(fl_batch *batch, size_t index, const size_t *first, const size_t *next) {
    fl_hit *hit = &batch->hits.items[index];
    const fl_unit *unit = &batch->units.items[hit->unit];
    if (!fl_read_hit(batch, hit)) return;
    batch->of_unit_count = 0;
    for (size_t at = first[index]; at != SIZE_MAX; at = next[at])
        batch->of_unit[batch->of_unit_count++] = &batch->queries[at];
    fl_run_lines(batch, unit, hit);
    size_t own = batch->of_unit_count;
    add_earlier(batch, own);
    if (!fl_walk_indexed(batch, unit)) fl_walk_dies(batch, unit);
    for (size_t at = first[index]; at != SIZE_MAX && !fl_is_past(&batch->deadline); at = next[at])
        fl_build_rows(batch, &batch->queries[at], unit, hit);
    for (size_t at = first[index]; at != SIZE_MAX; at = next[at]) keep_texts(batch, &batch->queries[at]);
    for (size_t i = 0; i < batch->of_unit_count; i++) {
        free(batch->of_unit[i]->levels.items);
        batch->of_unit[i]->levels.items = NULL;
        batch->of_unit[i]->levels.count = batch->of_unit[i]->levels.capacity = 0;
    }
    batch->of_unit_count = own;
}

static void work_on_hits(fl_batch *batch) {
    size_t hits = batch->hits.count;
    size_t *first = malloc((hits + 1) * sizeof *first), *next = malloc((batch->query_count + 1) * sizeof *next);
    if (first && next) {
        for (size_t i = 0; i < hits; i++) first[i] = SIZE_MAX;
        for (size_t i = batch->query_count; i-- > 0;) { /* backwards, so that each chain ascends */
            int64_t hit = batch->queries[i].hit;
            if (hit == FL_NO_UNIT || (size_t)hit >= hits) continue;
            next[i] = first[hit];
            first[hit] = i;
        }
        for (size_t i = 0, read = 0; i < hits && !fl_is_past(&batch->deadline); i++) {
            work_on_hit(batch, i, first, next);
            const fl_unit *unit = &batch->units.items[batch->hits.items[i].unit];
            read += unit->end - unit->offset + batch->of_unit_count * PAGES_OF_NAMES;
            if (read < LET_GO_EVERY) continue;
            fl_let_pages_go(batch->symbols);
            read = 0;
        }
    }
    free(first);
    free(next);
}

static void visit_all(fl_batch *batch, size_t count, fl_symbols_visitor *visit, void *context) {
    const fl_symbols *image = batch->symbols->image;
    bool lost = fl_is_cut_short(batch->symbols) || (image && fl_is_cut_short(image));
    const fl_query **in_order = lost ? NULL : calloc(count ? count : 1, sizeof *in_order);
    for (size_t i = 0; in_order && i < batch->query_count; i++) in_order[batch->queries[i].index] = &batch->queries[i];
    for (size_t i = 0; i < count; i++) {
        const fl_query *query = in_order ? in_order[i] : NULL;
        if (query && query->row_count) {
            visit(context, i, &batch->rows.items[query->first_row], query->row_count);
        } else if (query && query->symbol) {
            fl_symbols_row row = {.name = query->symbol, .symbol_address = query->symbol_address};
            visit(context, i, &row, 1);
        } else {
            visit(context, i, NULL, 0);
        }
    }
    free(in_order);
}

void fl_free_batch(fl_batch *batch) {
    free(batch->queries);
    free(batch->of_unit);
    free(batch->earlier);
    free(batch->units.items);
    free(batch->hits.items);
    free(batch->rows.items);
    free(batch->abbreviations.entries.items);
    free(batch->abbreviations.steps.items);
    free(batch->tables.directories.items);
    free(batch->tables.files.items);
}

void fl_symbols_look_up(fl_symbols *symbols, const uint64_t *addresses, size_t count, fl_symbols_limits limits,
                        fl_symbols_visitor *visit, void *context) {
    fl_batch batch = {.symbols = symbols, .deadline = fl_deadline_in(limits.max_nanoseconds)};
    if (prepare(&batch, addresses, count)) {
        bool has_index = fl_find_in_index(&batch);
        if (!has_index) fl_find_symbols(&batch, symbols);
        if (symbols->image) fl_find_symbols(&batch, symbols->image);
        fl_find_stubs(&batch);
        keep_symbols(&batch);
        let_names_go(&batch);
        fl_inflate_for_scan(&batch, limits.max_inflated);
        if (!has_index) {
            fl_scan_units(&batch);
            fl_let_pages_go(symbols);
        }
        if (batch.hits.count) {
            inflate(&batch, FL_LINE, FL_STR_OFFSETS, limits.max_inflated);
            work_on_hits(&batch);
        }
    }
    visit_all(&batch, count, visit, context);
    fl_free_batch(&batch);
}
#endif
