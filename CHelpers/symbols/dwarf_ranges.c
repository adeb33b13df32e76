/* SPDX-License-Identifier: Apache-2.0
 *
 * Which addresses a DIE covers: DW_AT_low_pc with high_pc, .debug_ranges (DWARF 4, 2.17.3), .debug_rnglists (DWARF 5,
 * 2.17.3 and 7.25). */
#ifdef __linux__
#include "dwarf.h"

enum { DW_FORM_rnglistx = 0x23 };

enum {
    DW_RLE_end_of_list,
    DW_RLE_base_addressx,
    DW_RLE_startx_endx,
    DW_RLE_startx_length,
    DW_RLE_offset_pair,
    DW_RLE_base_address,
    DW_RLE_start_end,
    DW_RLE_start_length,
};

static fl_cursor list_of_v5(const fl_symbols *symbols, const fl_unit *unit, const fl_value *ranges) {
    fl_bytes section = symbols->section[FL_RNGLISTS];
    if (ranges->form != DW_FORM_rnglistx) return fl_cursor_at(section, ranges->number);
    if (ranges->number > UINT32_MAX || unit->ranges_base > section.length) return fl_cursor_at(section, UINT64_MAX);
    fl_cursor entry = fl_cursor_at(section, unit->ranges_base + ranges->number * unit->offset_size);
    return fl_cursor_at(section, unit->ranges_base + fl_read(&entry, unit->offset_size));
}

fl_range_list fl_ranges_of(const fl_symbols *symbols, const fl_unit *unit, const fl_value *low, const fl_value *high,
                           const fl_value *ranges) {
    fl_range_list list = {.symbols = symbols, .unit = unit, .base = unit->low, .kind = FL_RANGES_NONE};
    if (ranges->form) {
        list.kind = unit->version < 5 ? FL_RANGES_V4 : FL_RANGES_V5;
        list.cursor = unit->version < 5 ? fl_cursor_at(symbols->section[FL_RANGES], ranges->number)
                                        : list_of_v5(symbols, unit, ranges);
    } else if (low->form && high->form) {
        list.kind = FL_RANGES_ONE;
        list.low = fl_address_of(symbols, unit, low);
        list.high = fl_form_is_address(high->form) ? fl_address_of(symbols, unit, high) : list.low + high->number;
    }
    return list;
}

static bool next_of_v4(fl_range_list *list, uint64_t *low, uint64_t *high) {
    unsigned size = list->unit->address_size;
    uint64_t largest = size == 4 ? UINT32_MAX : UINT64_MAX;
    *low = fl_read(&list->cursor, size);
    *high = fl_read(&list->cursor, size);
    if (list->cursor.bad || (!*low && !*high)) return false;
    if (*low == largest) { /* selects a base; an empty range is skipped by the caller */
        list->base = *high;
        *low = *high = 0;
        return true;
    }
    *low += list->base;
    *high += list->base;
    return true;
}

static bool next_of_v5(fl_range_list *list, uint64_t *low, uint64_t *high) {
    fl_cursor *cursor = &list->cursor;
    unsigned size = list->unit->address_size;
    *low = *high = 0;
    switch (fl_read(cursor, 1)) {
    case DW_RLE_base_addressx: list->base = fl_indexed_address(list->symbols, list->unit, fl_read_uleb(cursor)); break;
    case DW_RLE_startx_endx:
        *low = fl_indexed_address(list->symbols, list->unit, fl_read_uleb(cursor));
        *high = fl_indexed_address(list->symbols, list->unit, fl_read_uleb(cursor));
        break;
    case DW_RLE_startx_length:
        *low = fl_indexed_address(list->symbols, list->unit, fl_read_uleb(cursor));
        *high = *low + fl_read_uleb(cursor);
        break;
    case DW_RLE_offset_pair:
        *low = list->base + fl_read_uleb(cursor);
        *high = list->base + fl_read_uleb(cursor);
        break;
    case DW_RLE_base_address: list->base = fl_read(cursor, size); break;
    case DW_RLE_start_end:
        *low = fl_read(cursor, size);
        *high = fl_read(cursor, size);
        break;
    case DW_RLE_start_length:
        *low = fl_read(cursor, size);
        *high = *low + fl_read_uleb(cursor);
        break;
    default: return false; /* DW_RLE_end_of_list, or not known */
    }
    return !cursor->bad;
}

bool fl_next_range(fl_range_list *list, fl_deadline *deadline, uint64_t *low, uint64_t *high) {
    while (!fl_step(deadline)) {
        switch (list->kind) {
        case FL_RANGES_NONE: return false;
        case FL_RANGES_ONE:
            list->kind = FL_RANGES_NONE;
            *low = list->low;
            *high = list->high;
            break;
        case FL_RANGES_V4:
            if (!next_of_v4(list, low, high)) return false;
            break;
        case FL_RANGES_V5:
            if (!next_of_v5(list, low, high)) return false;
            break;
        }
        if (*high > *low && *low > 1) return true;
    }
    return false;
}
#endif
