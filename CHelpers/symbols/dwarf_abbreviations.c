/* SPDX-License-Identifier: Apache-2.0
 *
 * Abbreviation tables. One is kept at a time: the units at work mostly share it. For each entry a list of steps
 * says how to pass a DIE's attributes: all but two kinds of DIEs are only skipped. */
#ifdef __linux__
#include "dwarf.h"

/* What a step does, when it does not skip a count of bytes. */
enum {
    END = -1,
    SKIP_LEB = -2,
    SKIP_BLOCK = -3,
    SKIP_BLOCK1 = -4,
    SKIP_BLOCK2 = -5,
    SKIP_BLOCK4 = -6,
    SKIP_TEXT = -7,
    KEEP = -8,
    KEEP_NUMBER = -9, /* of 1, 2, 4 or 8 bytes */
    UNKNOWN = -10
};

enum { MAX_RUN = 16384 };

static bool add_step(fl_abbreviations *table, fl_passage_step step) {
    if (!FL_GROW(table->steps, FL_MAX_STEPS)) return false;
    table->steps.items[table->steps.count++] = step;
    return true;
}

static bool add_skip(fl_abbreviations *table, int action) {
    return add_step(table, (fl_passage_step){.action = (int16_t)action});
}

static fl_kept kept_of(uint64_t name) {
    switch (name) {
    case DW_AT_low_pc: return FL_LOW;
    case DW_AT_high_pc: return FL_HIGH;
    case DW_AT_ranges: return FL_CODE_RANGES;
    case DW_AT_call_file: return FL_CALL_FILE;
    case DW_AT_call_line: return FL_CALL_LINE;
    case DW_AT_call_column: return FL_CALL_COLUMN;
    default: return FL_KEPT;
    }
}

static int action_for(uint64_t form) {
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
    default: return UNKNOWN;      /* DW_FORM_indirect too: no compiler uses it in .debug_info */
    }
}

/* Neighbours of fixed size are one step. false: no room. */
static bool add_passage(fl_abbreviations *table, const fl_unit *unit, fl_cursor *cursor, fl_deadline *deadline,
                        bool keeps) {
    int run = 0;
    fl_attribute attribute;
    while (fl_next_attribute(cursor, &attribute) && !fl_step(deadline)) {
        int size = fl_form_size(attribute.form, unit);
        fl_kept kept = keeps ? kept_of(attribute.name) : FL_KEPT;
        if (kept == FL_KEPT && size >= 0 && run + size <= MAX_RUN) {
            run += size;
            continue;
        }
        if (run && !add_skip(table, run)) return false;
        run = 0;
        if (kept != FL_KEPT) {
            bool is_number = size == 1 || size == 2 || size == 4 || size == 8;
            fl_passage_step step = {is_number ? KEEP_NUMBER : KEEP, (uint8_t)kept, (uint8_t)(is_number ? size : 0),
                                    (uint16_t)attribute.form, attribute.implicit};
            if (!add_step(table, step)) return false;
        } else if (size >= 0) {
            run = size;
        } else if (!add_skip(table, action_for(attribute.form))) {
            return false;
        }
    }
    return (!run || add_skip(table, run)) && add_skip(table, END);
}

static bool read_entry(fl_abbreviations *table, const fl_unit *unit, fl_cursor *cursor, size_t section_start,
                       fl_deadline *deadline, fl_abbreviation *entry) {
    entry->tag = (uint16_t)fl_read_uleb(cursor);
    entry->has_children = fl_read(cursor, 1) != 0;
    entry->attributes = (size_t)((uintptr_t)cursor->at - section_start);
    fl_cursor again = *cursor;
    entry->skipping = (uint32_t)table->steps.count;
    if (!add_passage(table, unit, cursor, deadline, false) || cursor->bad) return false;
    const fl_passage_step *first = &table->steps.items[entry->skipping];
    entry->is_fixed = first->action == END || (first->action >= 0 && first[1].action == END);
    entry->fixed_size = entry->is_fixed && first->action > 0 ? (uint16_t)first->action : 0;
    entry->keeping = (uint32_t)table->steps.count;
    return !fl_is_function(entry->tag) || add_passage(table, unit, &again, deadline, true);
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
    table->entries.count = table->steps.count = 0;
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

/* The pairs of a declaration, with the two zeros that end them. Before DWARF 5 no other byte of them is zero, so that
 * they need not be decoded: eight bytes are looked at in one go. */
static void skip_pairs(fl_cursor *cursor, const fl_unit *unit, fl_deadline *deadline) {
    const uint8_t *start = cursor->at;
    while (unit->version < 5 && fl_left(cursor) >= 9 && !fl_step(deadline)) {
        uint64_t word;
        memcpy(&word, cursor->at, sizeof word);
        /* The lowest bit set is in the first zero byte: Warren, Hacker's Delight, 6-1. */
        uint64_t zeros = (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
        cursor->at += zeros ? __builtin_ctzll(zeros) / 8 : 8;
        if (!zeros) continue;
        if (cursor->at[1]) break; /* a number with padding */
        cursor->at += 2;
        return;
    }
    cursor->at = start;
    fl_attribute attribute;
    while (fl_next_attribute(cursor, &attribute) && !fl_step(deadline)) {}
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
        skip_pairs(&cursor, unit, &batch->deadline);
    }
    return false;
}

bool fl_is_function(uint16_t tag) { return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine; }

static void pass(const fl_passage_step *step, const fl_unit *unit, fl_cursor *cursor, fl_value *kept) {
    for (; step->action != END; step++) {
        switch (step->action) {
        case SKIP_LEB: fl_skip_leb(cursor); break;
        case SKIP_BLOCK: fl_skip(cursor, fl_read_uleb(cursor)); break;
        case SKIP_BLOCK1: fl_skip(cursor, fl_read(cursor, 1)); break;
        case SKIP_BLOCK2: fl_skip(cursor, fl_read(cursor, 2)); break;
        case SKIP_BLOCK4: fl_skip(cursor, fl_read(cursor, 4)); break;
        case SKIP_TEXT: fl_read_text(cursor); break;
        case KEEP: fl_read_form(cursor, unit, step->form, step->implicit, &kept[step->kept]); break;
        case KEEP_NUMBER:
            kept[step->kept].form = step->form;
            kept[step->kept].number = fl_read(cursor, step->size);
            break;
        case UNKNOWN: fl_fail(cursor); break;
        default: fl_skip(cursor, (uint64_t)step->action); break;
        }
    }
}

void fl_skip_attributes(const fl_batch *batch, const fl_unit *unit, const fl_abbreviation *abbreviation,
                        fl_cursor *cursor) {
    if (abbreviation->is_fixed) fl_skip(cursor, abbreviation->fixed_size);
    else pass(batch->abbreviations.steps.items + abbreviation->skipping, unit, cursor, NULL);
}

void fl_keep_attributes(const fl_batch *batch, const fl_unit *unit, const fl_abbreviation *abbreviation,
                        fl_cursor *cursor, fl_value *kept) {
    pass(batch->abbreviations.steps.items + abbreviation->keeping, unit, cursor, kept);
}
#endif
