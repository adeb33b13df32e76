/* SPDX-License-Identifier: Apache-2.0
 *
 * From what the passes found to the rows of the interface. */
#ifdef __linux__
#include "dwarf.h"

static fl_symbols_place place_of(const fl_batch *batch, fl_place place) {
    const fl_line_tables *tables = &batch->tables;
    fl_symbols_place found = {.line = place.line, .column = place.column};
    if (place.file >= tables->files.count) return found;
    fl_file file = tables->files.items[place.file];
    found.file = file.name && *file.name ? file.name : NULL;
    found.directory = file.directory < tables->directories.count ? tables->directories.items[file.directory] : NULL;
    return found;
}

static bool add_row(fl_batch *batch, fl_query *query, const char *name, fl_place place, bool is_inlined) {
    if (!FL_GROW(batch->rows, FL_MAX_ROWS)) return false;
    fl_symbols_row *row = &batch->rows.items[batch->rows.count++];
    *row = (fl_symbols_row){.name = name && *name ? name : NULL,
                            .place = place_of(batch, place),
                            .symbol_address = query->symbol_address,
                            .inlined = is_inlined};
    query->row_count++;
    return true;
}

/* A compiler's own code has line 0. The nearest line before it may be that of something inlined: then the call of that
 * is the function's own line. */
static void add_nearest(const fl_batch *batch, const fl_query *query, fl_symbols_row *row) {
    const fl_query *earlier = query->at_earlier;
    if (!earlier || earlier->levels.count == 0 || query->levels.count == 0) return;
    const fl_level *levels = earlier->levels.items;
    if (levels[0].die != query->levels.items[0].die) return;
    fl_place place = query->earlier;
    if (earlier->levels.count > 1) place = (fl_place){levels[1].call_file, levels[1].call_line, 0};
    if (!place.line) return;
    row->nearest = place_of(batch, place);
    row->nearest.column = 0;
}

void fl_build_rows(fl_batch *batch, fl_query *query, const fl_unit *unit, const fl_hit *hit) {
    query->first_row = batch->rows.count;
    query->row_count = 0;
    fl_place place = query->has_place ? query->place : (fl_place){.file = UINT64_MAX};
    for (size_t i = query->levels.count; i-- > 1;) {
        const fl_level *level = &query->levels.items[i];
        if (!add_row(batch, query, fl_name_of_die(batch, level->die), place, true)) goto no_room;
        place = (fl_place){level->call_file, level->call_line, level->call_column};
    }
    /* The symbol names the function that is really there, also where the compiler merged or outlined it. */
    const char *name = query->symbol;
    if (!name && query->levels.count) name = fl_name_of_die(batch, query->levels.items[0].die);
    if (!name && !query->has_place && !query->row_count) return; /* what is inlined needs a row around it */
    if (!add_row(batch, query, name, place, false) || batch->deadline.passed) goto no_room;

    fl_symbols_row *rows = &batch->rows.items[query->first_row];
    const char *unit_name = fl_text_of(batch->symbols, unit, &hit->name);
    const char *directory = fl_text_of(batch->symbols, unit, &hit->directory);
    for (size_t i = 0; i < query->row_count; i++) {
        rows[i].unit = unit_name;
        rows[i].compilation_directory = directory;
    }
    add_nearest(batch, query, &rows[query->row_count - 1]);
    return;

no_room: /* or no time: a chain is whole, or it is the symbol alone */
    query->row_count = 0;
}
#endif
