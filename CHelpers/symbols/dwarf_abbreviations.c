/* SPDX-License-Identifier: Apache-2.0
 *
 * Abbreviation tables. One is kept at a time: the units at work mostly share it. For each entry a program says how to
 * skip a DIE's attributes, since all but two kinds of DIEs are only skipped. */
#ifdef __linux__
#include "dwarf.h"

/* Steps of a skip program: a count of bytes (not negative), or one of these. */
enum {
    SKIP_END = -1,
    SKIP_LEB = -2,
    SKIP_BLOCK = -3,
    SKIP_BLOCK1 = -4,
    SKIP_BLOCK2 = -5,
    SKIP_BLOCK4 = -6,
    SKIP_TEXT = -7,
    SKIP_UNKNOWN = -8
};

enum { MAX_RUN = 16384 };

static bool add_skip(fl_abbreviations *table, int step) {
    if (!FL_GROW(table->skips, SIZE_MAX)) return false;
    table->skips.items[table->skips.count++] = (int16_t)step;
    return true;
}

static int step_for(uint64_t form) {
    switch (form) {
    case 0x09:
    case 0x18: return SKIP_BLOCK; /* block, exprloc */
    case 0x0a: return SKIP_BLOCK1;
    case 0x03: return SKIP_BLOCK2;
    case 0x04: return SKIP_BLOCK4;
    case 0x08: return SKIP_TEXT;
    case 0x0d:
    case 0x0f:
    case 0x15:
    case 0x1a:
    case 0x1b:
    case 0x22:
    case 0x23: /* sdata udata ref_udata strx addrx */
    case 0x1f01:
    case 0x1f02: return SKIP_LEB; /* loclistx rnglistx GNU_…_index */
    default: return SKIP_UNKNOWN; /* DW_FORM_indirect too: no compiler uses it in .debug_info */
    }
}

static bool read_entry(fl_abbreviations *table, const fl_unit *unit, fl_cursor *cursor, size_t section_start,
                       fl_deadline *deadline, fl_abbreviation *entry) {
    entry->tag = (uint16_t)fl_read_uleb(cursor);
    entry->has_children = fl_read(cursor, 1) != 0;
    entry->attributes = (size_t)((uintptr_t)cursor->at - section_start);
    entry->skip = table->skips.count;
    int run = 0;
    fl_attribute attribute;
    while (fl_next_attribute(cursor, &attribute) && !fl_step(deadline)) {
        int size = fl_form_size(attribute.form, unit);
        if (size >= 0 && run + size <= MAX_RUN) {
            run += size;
            continue;
        }
        if (run && !add_skip(table, run)) return false;
        run = size >= 0 ? size : 0;
        if (size < 0 && !add_skip(table, step_for(attribute.form))) return false;
    }
    if (cursor->bad) return false;
    entry->is_fixed = table->skips.count == entry->skip;
    entry->fixed_size = (uint16_t)run;
    if (!entry->is_fixed && run && !add_skip(table, run)) return false;
    return add_skip(table, SKIP_END);
}

static bool make_room(fl_abbreviations *table, uint64_t code) {
    while (table->entries.count <= code) {
        if (!FL_GROW(table->entries, FL_MAX_ABBREVIATION)) return false;
        table->entries.items[table->entries.count++] = (fl_abbreviation){0};
    }
    return true;
}

void fl_load_abbreviations(fl_batch *batch, const fl_unit *unit) {
    fl_abbreviations *table = &batch->abbreviations;
    if (table->loaded && table->offset == unit->abbreviations && table->address_size == unit->address_size &&
        table->offset_size == unit->offset_size && table->version == unit->version)
        return;
    table->loaded = true;
    table->offset = unit->abbreviations;
    table->address_size = unit->address_size;
    table->offset_size = unit->offset_size;
    table->version = unit->version;
    table->entries.count = table->skips.count = 0;
    fl_bytes section = batch->symbols->section[FL_ABBREV];
    fl_cursor cursor = fl_cursor_at(section, unit->abbreviations);
    while (!fl_step(&batch->deadline)) {
        uint64_t code = fl_read_uleb(&cursor);
        fl_abbreviation entry = {0};
        if (!code || code >= FL_MAX_ABBREVIATION || cursor.bad) return;
        if (!read_entry(table, unit, &cursor, (uintptr_t)section.start, &batch->deadline, &entry)) return;
        if (!make_room(table, code)) return;
        table->entries.items[code] = entry;
    }
}

const fl_abbreviation *fl_abbreviation_of(const fl_batch *batch, uint64_t code) {
    const fl_abbreviations *table = &batch->abbreviations;
    if (code >= table->entries.count || !table->entries.items[code].attributes) return NULL;
    return &table->entries.items[code];
}

bool fl_find_abbreviation(fl_batch *batch, const fl_unit *unit, uint64_t code, size_t *attributes) {
    const fl_abbreviations *table = &batch->abbreviations;
    if (table->loaded && table->offset == unit->abbreviations) {
        const fl_abbreviation *entry = fl_abbreviation_of(batch, code);
        if (entry) *attributes = entry->attributes;
        return entry;
    }
    fl_bytes section = batch->symbols->section[FL_ABBREV];
    fl_cursor cursor = fl_cursor_at(section, unit->abbreviations);
    while (!fl_step(&batch->deadline)) {
        uint64_t found = fl_read_uleb(&cursor);
        fl_read_uleb(&cursor); /* tag */
        fl_skip(&cursor, 1);   /* has children */
        if (!found || cursor.bad) return false;
        if (found == code) {
            *attributes = (size_t)(cursor.at - section.start);
            return true;
        }
        fl_attribute attribute;
        while (fl_next_attribute(&cursor, &attribute) && !fl_step(&batch->deadline)) {}
    }
    return false;
}

void fl_skip_attributes(const fl_batch *batch, const fl_abbreviation *abbreviation, fl_cursor *cursor) {
    if (abbreviation->is_fixed) {
        fl_skip(cursor, abbreviation->fixed_size);
        return;
    }
    for (const int16_t *step = batch->abbreviations.skips.items + abbreviation->skip; *step != SKIP_END; step++) {
        switch (*step) {
        case SKIP_LEB: fl_skip_leb(cursor); break;
        case SKIP_BLOCK: fl_skip(cursor, fl_read_uleb(cursor)); break;
        case SKIP_BLOCK1: fl_skip(cursor, fl_read(cursor, 1)); break;
        case SKIP_BLOCK2: fl_skip(cursor, fl_read(cursor, 2)); break;
        case SKIP_BLOCK4: fl_skip(cursor, fl_read(cursor, 4)); break;
        case SKIP_TEXT: fl_read_text(cursor); break;
        case SKIP_UNKNOWN: fl_fail(cursor); break;
        default: fl_skip(cursor, (uint64_t)*step); break;
        }
    }
}
#endif
