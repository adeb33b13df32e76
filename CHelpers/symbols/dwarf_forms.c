/* SPDX-License-Identifier: Apache-2.0
 *
 * Attribute values (DWARF 5, 7.5.6), and what they refer to. The alternative file of dwz (DW_FORM_GNU_…_alt) and split
 * DWARF (dwo names) are never followed: swiftc writes dwo names that are no DWARF. */
#ifdef __linux__
#include "dwarf.h"

enum {
    DW_FORM_addr = 0x01,
    DW_FORM_block2 = 0x03,
    DW_FORM_block4 = 0x04,
    DW_FORM_data2 = 0x05,
    DW_FORM_data4 = 0x06,
    DW_FORM_data8 = 0x07,
    DW_FORM_string = 0x08,
    DW_FORM_block = 0x09,
    DW_FORM_block1 = 0x0a,
    DW_FORM_data1 = 0x0b,
    DW_FORM_flag = 0x0c,
    DW_FORM_sdata = 0x0d,
    DW_FORM_strp = 0x0e,
    DW_FORM_udata = 0x0f,
    DW_FORM_ref_addr = 0x10,
    DW_FORM_ref1 = 0x11,
    DW_FORM_ref2 = 0x12,
    DW_FORM_ref4 = 0x13,
    DW_FORM_ref8 = 0x14,
    DW_FORM_ref_udata = 0x15,
    DW_FORM_indirect = 0x16,
    DW_FORM_sec_offset = 0x17,
    DW_FORM_exprloc = 0x18,
    DW_FORM_flag_present = 0x19,
    DW_FORM_strx = 0x1a,
    DW_FORM_addrx = 0x1b,
    DW_FORM_ref_sup4 = 0x1c,
    DW_FORM_strp_sup = 0x1d,
    DW_FORM_data16 = 0x1e,
    DW_FORM_line_strp = 0x1f,
    DW_FORM_ref_sig8 = 0x20,
    DW_FORM_loclistx = 0x22,
    DW_FORM_rnglistx = 0x23,
    DW_FORM_ref_sup8 = 0x24,
    DW_FORM_strx1 = 0x25,
    DW_FORM_strx4 = 0x28,
    DW_FORM_addrx1 = 0x29,
    DW_FORM_addrx4 = 0x2c,
    DW_FORM_GNU_addr_index = 0x1f01,
    DW_FORM_GNU_str_index = 0x1f02,
    DW_FORM_GNU_ref_alt = 0x1f20,
    DW_FORM_GNU_strp_alt = 0x1f21,
};

/* Bytes; the sizes that the unit decides, and forms without bytes. 0: it depends on the content, or is not known. */
enum { OF_ADDRESS = -1, OF_OFFSET = -2, NO_BYTES = -3 };

static const int8_t sizes[] = {
    [DW_FORM_addr] = OF_ADDRESS,
    [DW_FORM_data2] = 2,
    [DW_FORM_data4] = 4,
    [DW_FORM_data8] = 8,
    [DW_FORM_data1] = 1,
    [DW_FORM_flag] = 1,
    [DW_FORM_strp] = OF_OFFSET,
    [DW_FORM_ref1] = 1,
    [DW_FORM_ref2] = 2,
    [DW_FORM_ref4] = 4,
    [DW_FORM_ref8] = 8,
    [DW_FORM_sec_offset] = OF_OFFSET,
    [DW_FORM_flag_present] = NO_BYTES,
    [DW_FORM_ref_sup4] = 4,
    [DW_FORM_strp_sup] = OF_OFFSET,
    [DW_FORM_data16] = 16,
    [DW_FORM_line_strp] = OF_OFFSET,
    [DW_FORM_ref_sig8] = 8,
    [DW_FORM_implicit_const] = NO_BYTES,
    [DW_FORM_ref_sup8] = 8,
    [DW_FORM_strx1] = 1,
    [DW_FORM_strx1 + 1] = 2,
    [DW_FORM_strx1 + 2] = 3,
    [DW_FORM_strx4] = 4,
    [DW_FORM_addrx1] = 1,
    [DW_FORM_addrx1 + 1] = 2,
    [DW_FORM_addrx1 + 2] = 3,
    [DW_FORM_addrx4] = 4,
};

static inline int size_of(uint64_t form, const fl_unit *unit) {
    if (form == DW_FORM_GNU_ref_alt || form == DW_FORM_GNU_strp_alt) return unit->offset_size;
    if (form == DW_FORM_ref_addr) return unit->version <= 2 ? unit->address_size : unit->offset_size;
    int size = form < sizeof sizes ? sizes[form] : 0;
    switch (size) {
    case OF_ADDRESS: return unit->address_size;
    case OF_OFFSET: return unit->offset_size;
    case NO_BYTES: return 0;
    case 0: return -1;
    default: return size;
    }
}

int fl_form_size(uint64_t form, const fl_unit *unit) { return size_of(form, unit); }

static void read_of_any_size(fl_cursor *cursor, const fl_unit *unit, uint64_t form, fl_value *value) {
    switch (form) {
    case DW_FORM_block:
    case DW_FORM_exprloc: fl_skip(cursor, fl_read_uleb(cursor)); break;
    case DW_FORM_block1: fl_skip(cursor, fl_read(cursor, 1)); break;
    case DW_FORM_block2: fl_skip(cursor, fl_read(cursor, 2)); break;
    case DW_FORM_block4: fl_skip(cursor, fl_read(cursor, 4)); break;
    case DW_FORM_string: value->text = fl_read_text(cursor); break;
    case DW_FORM_sdata: value->number = (uint64_t)fl_read_sleb(cursor); break;
    case DW_FORM_ref_udata: value->number = fl_read_uleb(cursor) + unit->offset; break;
    case DW_FORM_udata:
    case DW_FORM_strx:
    case DW_FORM_addrx:
    case DW_FORM_loclistx:
    case DW_FORM_rnglistx:
    case DW_FORM_GNU_addr_index:
    case DW_FORM_GNU_str_index: value->number = fl_read_uleb(cursor); break;
    default: fl_fail(cursor); /* its length is unknown: nothing after it can be read */
    }
}

void fl_read_form(fl_cursor *cursor, const fl_unit *unit, uint64_t form, int64_t implicit, fl_value *value) {
    if (form == DW_FORM_indirect) form = fl_read_uleb(cursor); /* once: a second one fails below */
    if (form > UINT16_MAX) form = UINT16_MAX;                  /* not known either */
    *value = (fl_value){.form = (uint16_t)form};
    int size = size_of(form, unit);
    if (size < 0) read_of_any_size(cursor, unit, form, value);
    else if (form == DW_FORM_implicit_const) value->number = (uint64_t)implicit;
    else if (form == DW_FORM_flag_present) value->number = 1;
    else if (size == 16) fl_skip(cursor, 16);
    else value->number = fl_read(cursor, (unsigned)size);
    if (form >= DW_FORM_ref1 && form <= DW_FORM_ref8) value->number += unit->offset;
}

static bool is_address_index(uint16_t form) {
    return form == DW_FORM_addrx || (form >= DW_FORM_addrx1 && form <= DW_FORM_addrx4);
}

bool fl_form_is_address(uint16_t form) { return form == DW_FORM_addr || is_address_index(form); }

bool fl_form_is_reference(uint16_t form) { return form >= DW_FORM_ref_addr && form <= DW_FORM_ref_udata; }

/* No table index of a real file comes near 2^32; past it the product below could wrap. */
static fl_cursor entry_at(fl_bytes table, uint64_t base, uint64_t index, unsigned size) {
    if (index > UINT32_MAX || base > table.length) return (fl_cursor){table.start, table.start, true};
    return fl_cursor_at(table, base + index * size);
}

uint64_t fl_indexed_address(const fl_symbols *symbols, const fl_unit *unit, uint64_t index) {
    fl_cursor cursor = entry_at(symbols->section[FL_ADDR], unit->addresses_base, index, unit->address_size);
    return fl_read(&cursor, unit->address_size);
}

uint64_t fl_address_of(const fl_symbols *symbols, const fl_unit *unit, const fl_value *value) {
    return is_address_index(value->form) ? fl_indexed_address(symbols, unit, value->number) : value->number;
}

const char *fl_text_of(const fl_symbols *symbols, const fl_unit *unit, const fl_value *value) {
    uint16_t form = value->form;
    if (form == DW_FORM_string) return value->text;
    if (form == DW_FORM_strp) return fl_text_at(symbols->section[FL_STR], value->number);
    if (form == DW_FORM_line_strp) return fl_text_at(symbols->section[FL_LINE_STR], value->number);
    if (form != DW_FORM_strx && !(form >= DW_FORM_strx1 && form <= DW_FORM_strx4)) return NULL;
    fl_cursor cursor = entry_at(symbols->section[FL_STR_OFFSETS], unit->strings_base, value->number, unit->offset_size);
    uint64_t offset = fl_read(&cursor, unit->offset_size);
    return cursor.bad ? NULL : fl_text_at(symbols->section[FL_STR], offset);
}
#endif
