/* SPDX-License-Identifier: Apache-2.0
 *
 * Which unit owns which address. swiftc and clang write no .debug_aranges, so all unit headers are read, and of each
 * unit the root DIE only. */
#ifdef __linux__
#include "dwarf.h"

/* Of .debug_info, with the ranges and abbreviations that belong to it. */
enum { LET_GO_EVERY = 1 << 20 };

enum { DW_UT_compile = 1, DW_UT_partial = 3, DW_UT_skeleton = 4, DW_UT_split_compile = 5 };

/* The abbreviation of a root. One object's units repeat it, and swiftc writes thousands of units without code. */
typedef struct {
    uint64_t table, code;
    size_t attributes;
    bool known, has_addresses;
} fl_root_abbreviation;

/* false: not a unit with functions. The cursor is moved to the next unit either way. */
static bool read_header(fl_cursor *section, const uint8_t *start, fl_unit *unit) {
    *unit = (fl_unit){.offset = (uint64_t)(section->at - start), .offset_size = 4};
    uint64_t length = fl_read(section, 4);
    if (length == UINT32_MAX) {
        unit->offset_size = 8;
        length = fl_read(section, 8);
    }
    fl_cursor cursor = *section;
    fl_skip(section, length);
    if (section->bad) return false;
    cursor.end = section->at;
    unit->end = (uint64_t)(section->at - start);

    uint64_t version = fl_read(&cursor, 2);
    if (version < 2 || version > 5) return false;
    unit->version = (uint8_t)version;
    uint64_t type = DW_UT_compile;
    if (unit->version >= 5) {
        type = fl_read(&cursor, 1);
        unit->address_size = (uint8_t)fl_read(&cursor, 1);
        unit->abbreviations = fl_read(&cursor, unit->offset_size);
        if (type == DW_UT_skeleton || type == DW_UT_split_compile) fl_skip(&cursor, 8);
    } else {
        unit->abbreviations = fl_read(&cursor, unit->offset_size);
        unit->address_size = (uint8_t)fl_read(&cursor, 1);
    }
    unit->root = (uint64_t)(cursor.at - start);
    return !cursor.bad && (unit->address_size == 4 || unit->address_size == 8) &&
           (type == DW_UT_compile || type == DW_UT_partial || type == DW_UT_skeleton);
}

static bool find_root_abbreviation(fl_batch *batch, const fl_unit *unit, uint64_t code, fl_root_abbreviation *last) {
    if (last->known && last->table == unit->abbreviations && last->code == code) return true;
    *last = (fl_root_abbreviation){.table = unit->abbreviations, .code = code};
    if (!fl_find_abbreviation(batch, unit, code, &last->attributes)) return false;
    fl_cursor cursor = fl_cursor_at(batch->symbols->section[FL_ABBREV], last->attributes);
    fl_attribute attribute;
    while (fl_next_attribute(&cursor, &attribute) && !fl_step(&batch->deadline))
        if (attribute.name == DW_AT_low_pc || attribute.name == DW_AT_ranges) last->has_addresses = true;
    last->known = true;
    return true;
}

static void read_root(fl_batch *batch, fl_unit *unit, fl_cursor *cursor, size_t attributes, fl_root *root) {
    fl_cursor abbreviation = fl_cursor_at(batch->symbols->section[FL_ABBREV], attributes);
    fl_attribute attribute;
    *root = (fl_root){0};
    while (!cursor->bad && fl_next_attribute(&abbreviation, &attribute) && !fl_step(&batch->deadline)) {
        fl_value value;
        fl_read_form(cursor, unit, attribute.form, attribute.implicit, &value);
        switch (attribute.name) {
        case DW_AT_low_pc: root->low = value; break;
        case DW_AT_high_pc: root->high = value; break;
        case DW_AT_ranges: root->ranges = value; break;
        case DW_AT_name: root->name = value; break;
        case DW_AT_comp_dir: root->directory = value; break;
        case DW_AT_stmt_list: root->line_program = value; break;
        case DW_AT_str_offsets_base: unit->strings_base = value.number; break;
        case DW_AT_addr_base: unit->addresses_base = value.number; break;
        case DW_AT_rnglists_base: unit->ranges_base = value.number; break;
        default: break;
        }
    }
    /* Last: an index means nothing before its base is known. */
    unit->low = root->low.form ? fl_address_of(batch->symbols, unit, &root->low) : 0;
}

/* Shared by both scans, and inlined into each: there are 150,000 ranges. */
static inline __attribute__((always_inline)) bool scan(fl_batch *batch, fl_range_visitor *visit, void *context) {
    fl_bytes info = batch->symbols->section[FL_INFO];
    fl_cursor section = fl_cursor_at(info, 0);
    fl_root_abbreviation abbreviation = {0};
    const uint8_t *let_go = section.at;
    while (fl_left(&section) && !fl_step(&batch->deadline)) {
        if (section.at - let_go > LET_GO_EVERY) {
            fl_let_pages_go(batch->symbols);
            let_go = section.at;
        }
        fl_unit unit;
        if (!read_header(&section, info.start, &unit)) continue;
        fl_cursor die = fl_cursor_at(info, unit.root);
        die.end = info.start + unit.end;
        uint64_t code = fl_read_uleb(&die);
        if (!find_root_abbreviation(batch, &unit, code, &abbreviation)) continue;
        fl_root root = {0};
        /* Before DWARF 5 a unit without code says nothing else; since, it says where its strings are. */
        if (abbreviation.has_addresses || unit.version >= 5)
            read_root(batch, &unit, &die, abbreviation.attributes, &root);
        if (!FL_GROW(batch->units, FL_MAX_UNITS)) return false;
        size_t number = batch->units.count++;
        batch->units.items[number] = unit;
        uint64_t low, high;
        fl_range_list list = fl_ranges_of(batch->symbols, &unit, &root.low, &root.high, &root.ranges);
        while (fl_next_range(&list, &batch->deadline, &low, &high))
            if (!visit(context, number, low, high)) return false;
    }
    return !fl_is_past(&batch->deadline);
}

bool fl_give_to_unit(fl_batch *batch, fl_query *query, size_t number) {
    fl_unit *unit = &batch->units.items[number];
    if (!unit->hit) {
        if (!FL_GROW(batch->hits, FL_MAX_UNITS)) return false;
        batch->hits.items[batch->hits.count++] = (fl_hit){.unit = number};
        unit->hit = batch->hits.count;
    }
    query->hit = (int64_t)unit->hit - 1;
    return true;
}

/* Gives the unit those addresses that no unit before it has. */
static bool claim(void *context, size_t unit, uint64_t low, uint64_t high) {
    fl_batch *batch = context;
    for (size_t i = fl_first_of_batch(batch, low); i < batch->query_count; i++) {
        fl_query *query = &batch->queries[i];
        if (query->address >= high || fl_step(&batch->deadline)) break;
        if (query->hit == FL_NO_UNIT && !fl_give_to_unit(batch, query, unit)) return false;
    }
    return true;
}

void fl_scan_units(fl_batch *batch) { scan(batch, claim, batch); }

bool fl_scan_ranges(fl_batch *batch, fl_range_visitor *visit, void *context) { return scan(batch, visit, context); }

/* A unit out of an index is only an offset so far. */
static bool load(fl_batch *batch, fl_unit *unit, fl_root *root) {
    fl_bytes info = batch->symbols->section[FL_INFO];
    fl_cursor section = fl_cursor_at(info, unit->offset);
    fl_root_abbreviation abbreviation = {0};
    if (section.bad || !read_header(&section, info.start, unit)) return false;
    fl_cursor die = fl_cursor_at(info, unit->root);
    die.end = info.start + unit->end;
    if (!find_root_abbreviation(batch, unit, fl_read_uleb(&die), &abbreviation)) return false;
    read_root(batch, unit, &die, abbreviation.attributes, root);
    return true;
}

bool fl_read_hit(fl_batch *batch, fl_hit *hit) {
    fl_root root;
    if (!load(batch, &batch->units.items[hit->unit], &root)) return false;
    hit->name = root.name;
    hit->directory = root.directory;
    hit->line_program = root.line_program;
    return true;
}

const fl_unit *fl_unit_at(fl_batch *batch, uint64_t die) {
    size_t low = 0, high = batch->units.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (batch->units.items[middle].offset <= die) low = middle + 1;
        else high = middle;
    }
    if (!low) return NULL;
    fl_unit *unit = &batch->units.items[low - 1];
    fl_root root;
    if (!unit->root && !load(batch, unit, &root)) return NULL;
    return die < unit->root || die >= unit->end ? NULL : unit;
}
#endif
