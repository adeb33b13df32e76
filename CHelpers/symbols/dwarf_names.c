/* SPDX-License-Identifier: Apache-2.0
 *
 * The name of a function's DIE: its linkage name, else that of what it is an instance of, else its plain name. */
#ifdef __linux__
#include "dwarf.h"

typedef struct {
    const char *linkage, *plain;
    uint64_t origin; /* a DIE; 0: none */
} fl_names;

static fl_known_name *memo_of(const fl_batch *batch, uint64_t die) {
    uint64_t hash = die * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio: Knuth, TAOCP 3, 6.4 */
    return &batch->symbols->names[(hash >> 32) & (FL_NAME_MEMO - 1)];
}

static bool read_names(fl_batch *batch, uint64_t die, fl_names *out) {
    *out = (fl_names){0};
    const fl_unit *unit = fl_unit_at(batch, die);
    if (!unit) return false;
    fl_bytes info = batch->symbols->section[FL_INFO];
    fl_cursor cursor = fl_cursor_at(info, die);
    cursor.end = info.start + unit->end;
    uint64_t code = fl_read_uleb(&cursor);
    size_t attributes;
    if (!code || !fl_find_abbreviation(batch, unit, code, &attributes)) return false;

    fl_cursor abbreviation = fl_cursor_at(batch->symbols->section[FL_ABBREV], attributes);
    fl_attribute attribute;
    while (!cursor.bad && fl_next_attribute(&abbreviation, &attribute) && !fl_step(&batch->deadline)) {
        fl_value value;
        fl_read_form(&cursor, unit, attribute.form, attribute.implicit, &value);
        switch (attribute.name) {
        case DW_AT_linkage_name:
        case DW_AT_MIPS_linkage_name: out->linkage = fl_text_of(batch->symbols, unit, &value); break;
        case DW_AT_name: out->plain = fl_text_of(batch->symbols, unit, &value); break;
        case DW_AT_abstract_origin:
        case DW_AT_specification:
            if (fl_form_is_reference(value.form)) out->origin = value.number;
            break;
        default: break;
        }
    }
    return true;
}

const char *fl_name_of_die(fl_batch *batch, uint64_t die) {
    fl_known_name *memo = memo_of(batch, die);
    if (memo->die == die + 1) return memo->name;
    const char *name = NULL, *plain = NULL;
    uint64_t at = die;
    for (int step = 0; step < FL_MAX_NAME_STEPS && !name; step++) { /* a reference may lead back to itself */
        fl_names names;
        if (!read_names(batch, at, &names)) break;
        name = names.linkage;
        if (!plain) plain = names.plain;
        if (!names.origin) break;
        at = names.origin;
    }
    if (!name) name = plain;
    if (!batch->deadline.passed) *memo = (fl_known_name){die + 1, name};
    return name;
}
#endif
