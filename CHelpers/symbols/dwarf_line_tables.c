/* SPDX-License-Identifier: Apache-2.0
 *
 * The header of a line program, versions 2 to 5: its numbers, directories and files (DWARF 5, 6.2.4; DWARF 4, 6.2.4).
 * In version 5 both tables begin with entry 0; before, entry 0 is the unit's own directory and name. */
#ifdef __linux__
#include "dwarf.h"

enum { DW_LNCT_path = 1, DW_LNCT_directory_index = 2, MAX_COLUMNS = 16 };

static bool add_directory(fl_line_tables *tables, const char *name) {
    if (!FL_GROW(tables->directories, FL_MAX_FILES)) return false;
    tables->directories.items[tables->directories.count++] = name;
    return true;
}

static bool add_file(fl_line_tables *tables, const char *name, uint64_t directory) {
    if (!FL_GROW(tables->files, FL_MAX_FILES)) return false;
    tables->files.items[tables->files.count++] = (fl_file){name, directory};
    return true;
}

static bool read_tables_before_v5(fl_batch *batch, const fl_unit *unit, const fl_hit *hit, fl_cursor *cursor) {
    fl_line_tables *tables = &batch->tables;
    if (!add_directory(tables, NULL) || !add_file(tables, fl_text_of(batch->symbols, unit, &hit->name), 0))
        return false;
    while (fl_left(cursor) && *cursor->at && !fl_step(&batch->deadline))
        if (!add_directory(tables, fl_read_text(cursor))) return false;
    fl_skip(cursor, 1);
    while (fl_left(cursor) && *cursor->at && !fl_step(&batch->deadline)) {
        const char *name = fl_read_text(cursor);
        uint64_t directory = fl_read_uleb(cursor);
        fl_skip_leb(cursor); /* time */
        fl_skip_leb(cursor); /* length */
        if (!add_file(tables, name, directory)) return false;
    }
    fl_skip(cursor, 1);
    return !cursor->bad;
}

static bool read_table_of_v5(fl_batch *batch, const fl_unit *unit, fl_cursor *cursor, bool is_files) {
    struct {
        uint64_t content, form;
    } columns[MAX_COLUMNS];
    uint64_t column_count = fl_read(cursor, 1);
    if (column_count > MAX_COLUMNS) return false;
    for (uint64_t i = 0; i < column_count; i++) {
        columns[i].content = fl_read_uleb(cursor);
        columns[i].form = fl_read_uleb(cursor);
    }
    uint64_t count = fl_read_uleb(cursor);
    for (uint64_t entry = 0; entry < count; entry++) {
        const char *name = NULL;
        uint64_t directory = 0;
        for (uint64_t i = 0; i < column_count; i++) {
            fl_value value;
            fl_read_form(cursor, unit, columns[i].form, 0, &value);
            if (columns[i].content == DW_LNCT_path) name = fl_text_of(batch->symbols, unit, &value);
            if (columns[i].content == DW_LNCT_directory_index) directory = value.number;
        }
        /* An entry may take no bytes at all: the tables' own limit ends such a list. */
        if (cursor->bad || fl_step(&batch->deadline)) return false;
        bool added = is_files ? add_file(&batch->tables, name, directory) : add_directory(&batch->tables, name);
        if (!added) return false;
    }
    return !cursor->bad;
}

bool fl_read_line_header(fl_batch *batch, const fl_unit *unit, const fl_hit *hit, fl_line_header *out) {
    batch->tables.directories.count = batch->tables.files.count = 0;
    if (!hit->line_program.form) return false;
    fl_cursor cursor = fl_cursor_at(batch->symbols->section[FL_LINE], hit->line_program.number);
    fl_unit own = *unit; /* the program may have other sizes than its unit */
    own.offset_size = 4;
    uint64_t length = fl_read(&cursor, 4);
    if (length == UINT32_MAX) {
        own.offset_size = 8;
        length = fl_read(&cursor, 8);
    }
    if (length > fl_left(&cursor)) return false;
    cursor.end = cursor.at + length;
    uint64_t version = fl_read(&cursor, 2);
    if (version < 2 || version > 5) return false;
    *out = (fl_line_header){.version = (uint8_t)version};
    if (out->version == 5) {
        own.address_size = (uint8_t)fl_read(&cursor, 1);
        fl_skip(&cursor, 1); /* segment selector size */
        if (own.address_size != 4 && own.address_size != 8) return false;
    }
    uint64_t header_length = fl_read(&cursor, own.offset_size);
    if (cursor.bad || header_length > fl_left(&cursor)) return false;
    out->program = cursor;
    out->program.at += header_length;
    cursor.end = out->program.at;

    out->minimum_step = (uint32_t)fl_read(&cursor, 1);
    if (out->version >= 4) fl_skip(&cursor, 1); /* operations per instruction: 1 but for VLIW */
    fl_skip(&cursor, 1);                        /* is a row a statement by default */
    out->line_base = (int8_t)fl_read(&cursor, 1);
    out->line_range = (uint32_t)fl_read(&cursor, 1);
    out->opcode_base = (uint32_t)fl_read(&cursor, 1);
    if (!out->line_range || !out->opcode_base) return false;
    for (uint32_t i = 1; i < out->opcode_base; i++) out->operands[i] = (uint8_t)fl_read(&cursor, 1);
    if (cursor.bad) return false;
    /* Damaged tables cost file names, not lines. */
    if (out->version < 5) {
        read_tables_before_v5(batch, unit, hit, &cursor);
    } else if (read_table_of_v5(batch, &own, &cursor, false)) {
        /* Entry 0 is the compilation directory, which may be a relative one: not to be put behind itself. */
        if (hit->directory.form && batch->tables.directories.count) batch->tables.directories.items[0] = NULL;
        read_table_of_v5(batch, &own, &cursor, true);
    }
    return true;
}
#endif
