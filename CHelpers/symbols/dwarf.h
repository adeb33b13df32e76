/* SPDX-License-Identifier: Apache-2.0
 *
 * What the passes over DWARF share. A batch lives on the stack of fl_symbols_look_up; what it allocates is freed there.
 * Passes, in order: fl_find_in_index, or else fl_find_symbols and fl_scan_units; fl_find_stubs; then for each unit that
 * owns an address fl_read_hit, fl_run_lines, fl_walk_dies, fl_build_rows. The addresses are sorted once; every pass is
 * a merge against them. Numbers of DWARF are named DW_…; source: DWARF 5, section 7 (dwarfstd.org), and 4 for
 * .debug_ranges. */
#pragma once
#include "cursor.h"
#include "deadline.h"
#include "elf_image.h"
#include "growing.h"

enum { FL_NO_UNIT = -1 };

/* How far a damaged or hostile file is followed, and with it what it can cost in memory: 10 MiB of units and as many of
 * hits, 4 MiB of steps, 1.5 MiB of abbreviations, 1.5 MiB of files and directories, 8 MiB of levels, 22 MiB of rows,
 * 16 MiB of texts with 8 MiB of their places; beside it what is inflated (fl_symbols_limits), zstd's window of 64 MiB
 * meanwhile, and 340 bytes for each address. Arrays that double may hold twice of that. */
enum {
    FL_MAX_UNITS = 1 << 17,
    FL_MAX_ABBREVIATION = 1 << 16,
    FL_MAX_STEPS = 1 << 18, /* of an abbreviation table; its entries have some five each */
    FL_MAX_FILES = 1 << 16,
    FL_MAX_LEVELS = 128,             /* of inlining */
    FL_MAX_LEVELS_OF_UNIT = 1 << 18, /* of all its addresses */
    FL_MAX_ROWS = 1 << 18,           /* of a batch */
    FL_MAX_NAME_STEPS = 16,
};

enum {
    DW_TAG_inlined_subroutine = 0x1d,
    DW_TAG_subprogram = 0x2e,
};

enum {
    DW_AT_name = 0x03,
    DW_AT_stmt_list = 0x10,
    DW_AT_low_pc = 0x11,
    DW_AT_high_pc = 0x12,
    DW_AT_comp_dir = 0x1b,
    DW_AT_abstract_origin = 0x31,
    DW_AT_specification = 0x47,
    DW_AT_ranges = 0x55,
    DW_AT_call_column = 0x57,
    DW_AT_call_file = 0x58,
    DW_AT_call_line = 0x59,
    DW_AT_linkage_name = 0x6e,
    DW_AT_str_offsets_base = 0x72,
    DW_AT_addr_base = 0x73,
    DW_AT_rnglists_base = 0x74,
    DW_AT_MIPS_linkage_name = 0x2007,
};

enum { DW_FORM_implicit_const = 0x21 };

/* One attribute, read but not resolved: touching .debug_str for each unit costs more than the scan. */
typedef struct {
    uint64_t number;
    const char *text; /* of DW_FORM_string */
    uint16_t form;    /* 0: the attribute is absent */
} fl_value;

typedef struct {
    uint64_t offset, root, end; /* in .debug_info; root 0: only the offset is known so far */
    uint64_t abbreviations;     /* offset in .debug_abbrev */
    uint64_t low, ranges_base, addresses_base, strings_base;
    size_t hit; /* index in batch->hits plus 1; 0: it owns none of the addresses */
    uint8_t address_size, offset_size, version;
} fl_unit;

/* What the first DIE of a unit says. */
typedef struct {
    fl_value low, high, ranges, name, directory, line_program;
} fl_root;

/* A unit that owns addresses of the batch; but for `unit`, filled by fl_read_hit. */
typedef struct {
    size_t unit;
    fl_value name, directory, line_program;
} fl_hit;

/* The function around an address, or one inlined into it. */
typedef struct {
    uint64_t die;
    uint64_t call_file;
    uint32_t call_line, call_column;
    uint32_t depth;
} fl_level;

typedef struct {
    uint64_t file;
    uint32_t line, column;
} fl_place;

typedef struct fl_query {
    uint64_t address;
    size_t index; /* in the caller's list */
    const char *symbol;
    const fl_symbols *symbol_file;
    uint64_t symbol_address, symbol_size;
    int64_t hit;       /* index in batch->hits; FL_NO_UNIT */
    uint64_t function; /* its DIE, out of an index; 0: not known */
    struct {
        fl_level *items; /* the function first, the innermost inlined one last */
        size_t count, capacity;
    } levels;
    bool has_place, has_earlier;
    fl_place place;
    fl_place earlier; /* the last row with a line before it, in the same symbol */
    uint64_t earlier_address;
    struct fl_query *at_earlier; /* for the levels around that row; NULL: `place` has a line, or there is no such row */
    size_t first_row, row_count;
} fl_query;

/* What is kept of a function's attributes. */
typedef enum { FL_LOW, FL_HIGH, FL_CODE_RANGES, FL_CALL_FILE, FL_CALL_LINE, FL_CALL_COLUMN, FL_KEPT } fl_kept;

/* One entry of an abbreviation table, and how to pass its attributes. */
typedef struct {
    size_t attributes; /* offset in .debug_abbrev; 0: no such code */
    /* Indices in steps: to skip all attributes, unused where all forms are of fixed size; of a function, to keep those
     * of fl_kept. */
    uint32_t skipping, keeping;
    uint16_t tag, fixed_size;
    bool has_children, is_fixed;
} fl_abbreviation;

typedef struct {
    int16_t action; /* bytes to skip, or an action of dwarf_abbreviations.c */
    /* Of an attribute that is kept: which, and how it is read. */
    uint8_t kept, size;
    uint16_t form;
    int64_t implicit;
} fl_passage_step;

typedef struct {
    uint64_t offset;
    uint8_t address_size, offset_size, version;
    bool loaded;
    struct {
        fl_abbreviation *items;
        size_t count, capacity;
    } entries; /* by code */
    struct {
        fl_passage_step *items;
        size_t count, capacity;
    } steps;
} fl_abbreviations;

typedef struct {
    const char *name;
    uint64_t directory;
} fl_file;

/* Directories and files of one line program, by their numbers in it. */
typedef struct {
    struct {
        const char **items;
        size_t count, capacity;
    } directories;
    struct {
        fl_file *items;
        size_t count, capacity;
    } files;
} fl_line_tables;

typedef struct {
    fl_symbols *symbols;
    fl_deadline deadline;
    fl_query *queries; /* by address */
    size_t query_count;
    fl_query **of_unit; /* the queries of the unit at work, by address; room for two of each */
    fl_query *earlier;  /* those of them that `at_earlier` leads to */
    size_t of_unit_count;
    size_t levels_of_unit;
    struct {
        fl_unit *items;
        size_t count, capacity;
    } units; /* by offset */
    struct {
        fl_hit *items;
        size_t count, capacity;
    } hits;
    struct {
        fl_symbols_row *items;
        size_t count, capacity;
    } rows;
    fl_abbreviations abbreviations;
    fl_line_tables tables;
} fl_batch;

/* dwarf_forms.c */
void fl_read_form(fl_cursor *cursor, const fl_unit *unit, uint64_t form, int64_t implicit, fl_value *value);
int fl_form_size(uint64_t form, const fl_unit *unit); /* -1: depends on the content, or unknown */
bool fl_form_is_address(uint16_t form);
bool fl_form_is_reference(uint16_t form);
const char *fl_text_of(const fl_symbols *symbols, const fl_unit *unit, const fl_value *value); /* NULL: none */
uint64_t fl_address_of(const fl_symbols *symbols, const fl_unit *unit, const fl_value *value);
uint64_t fl_indexed_address(const fl_symbols *symbols, const fl_unit *unit, uint64_t index);

/* An attribute of an abbreviation; false at its end. */
typedef struct {
    uint64_t name, form;
    int64_t implicit;
} fl_attribute;
static inline bool fl_next_attribute(fl_cursor *abbreviation, fl_attribute *out) {
    out->name = fl_read_uleb(abbreviation);
    out->form = fl_read_uleb(abbreviation);
    out->implicit = out->form == DW_FORM_implicit_const ? fl_read_sleb(abbreviation) : 0;
    return !abbreviation->bad && (out->name || out->form);
}

/* dwarf_ranges.c: the address ranges of one DIE, by whichever of its attributes says them */
typedef struct {
    const fl_symbols *symbols;
    const fl_unit *unit;
    fl_cursor cursor;
    uint64_t base, low, high; /* low and high: of a DIE that has only one range */
    enum { FL_RANGES_NONE, FL_RANGES_ONE, FL_RANGES_V4, FL_RANGES_V5 } kind;
} fl_range_list;
fl_range_list fl_ranges_of(const fl_symbols *symbols, const fl_unit *unit, const fl_value *low, const fl_value *high,
                           const fl_value *ranges);
/* Skips what the linker removed: it leaves functions at address 0 or 1, or at the end of the address space. */
bool fl_next_range(fl_range_list *list, fl_deadline *deadline, uint64_t *low, uint64_t *high);

/* symbol_table.c */
/* Those that an earlier file has not named already. */
void fl_find_symbols(fl_batch *batch, const fl_symbols *file);
/* The next function of the symbol table from the offset `at` on, which moves behind it; false: there is none, or it is
 * too late. */
bool fl_next_function(const fl_symbols *symbols, fl_deadline *deadline, size_t *at, Elf64_Sym *out);

/* linkage_stubs.c */
void fl_find_stubs(fl_batch *batch);

/* dwarf_units.c */
void fl_scan_units(fl_batch *batch);
/* Every range of every unit, in their order; the visitor answers false for enough. false: that, or it is not all. */
typedef bool fl_range_visitor(void *context, size_t unit, uint64_t low, uint64_t high);
bool fl_scan_ranges(fl_batch *batch, fl_range_visitor *visit, void *context);
bool fl_give_to_unit(fl_batch *batch, fl_query *query, size_t number);
bool fl_read_hit(fl_batch *batch, fl_hit *hit);
const fl_unit *fl_unit_at(fl_batch *batch, uint64_t die);

/* symbol_index_lookup.c: what fl_find_symbols and fl_scan_units find, out of the index; false: there is none that can
 * be used; one that is damaged is dropped */
bool fl_find_in_index(fl_batch *batch);
/* For the queries of the unit at work: the functions around them, and what was inlined. false: the index cannot tell.
 */
bool fl_walk_indexed(fl_batch *batch, const fl_unit *unit);

/* look_up.c */
void fl_inflate_for_scan(fl_batch *batch, uint64_t limit);
void fl_free_batch(fl_batch *batch);

/* dwarf_abbreviations.c */
void fl_load_abbreviations(fl_batch *batch, const fl_unit *unit);
static inline const fl_abbreviation *fl_abbreviation_of(const fl_batch *batch, uint64_t code) { /* NULL: none */
    const fl_abbreviations *table = &batch->abbreviations;
    if (code >= table->entries.count || !table->entries.items[code].attributes) return NULL;
    return &table->entries.items[code];
}
bool fl_find_abbreviation(fl_batch *batch, const fl_unit *unit, uint64_t code, size_t *attributes);
bool fl_is_function(uint16_t tag); /* one of its own, or inlined */
void fl_skip_attributes(const fl_batch *batch, const fl_unit *unit, const fl_abbreviation *abbreviation,
                        fl_cursor *cursor);
/* Of a function. `kept`: FL_KEPT values; those that the DIE has not stay as they are. */
void fl_keep_attributes(const fl_batch *batch, const fl_unit *unit, const fl_abbreviation *abbreviation,
                        fl_cursor *cursor, fl_value *kept);

/* dwarf_dies.c */
void fl_walk_dies(fl_batch *batch, const fl_unit *unit);
/* The same, of one function and what it holds. */
void fl_walk_function(fl_batch *batch, const fl_unit *unit, uint64_t die);
/* Every range of every function of a unit; the visitor answers false for enough. false: that, or it is not all. */
typedef bool fl_function_visitor(void *context, uint64_t die, uint64_t low, uint64_t high);
bool fl_list_functions(fl_batch *batch, const fl_unit *unit, fl_function_visitor *visit, void *context);

/* dwarf_names.c */
const char *fl_name_of_die(fl_batch *batch, uint64_t die);

/* dwarf_line_tables.c */
typedef struct {
    fl_cursor program;
    uint32_t minimum_step, line_range, opcode_base;
    int32_t line_base;
    uint8_t version;
    uint8_t operands[256];
} fl_line_header;
bool fl_read_line_header(fl_batch *batch, const fl_unit *unit, const fl_hit *hit, fl_line_header *out);

/* dwarf_lines.c */
void fl_run_lines(fl_batch *batch, const fl_unit *unit, const fl_hit *hit);

/* rows.c */
void fl_build_rows(fl_batch *batch, fl_query *query, const fl_unit *unit, const fl_hit *hit);

/* The first of the sorted queries at or after an address: an index, the count when there is none. */
static inline size_t fl_first_query(fl_query *const *queries, size_t count, uint64_t address) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (queries[middle]->address < address) low = middle + 1;
        else high = middle;
    }
    return low;
}

static inline size_t fl_first_of_batch(const fl_batch *batch, uint64_t address) {
    size_t low = 0, high = batch->query_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (batch->queries[middle].address < address) low = middle + 1;
        else high = middle;
    }
    return low;
}
