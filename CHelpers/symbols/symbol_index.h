/* SPDX-License-Identifier: Apache-2.0
 *
 * The index of an ELF file: which symbol, unit and function own an address, so that a later look-up reads neither the
 * whole symbol table, nor the root of every unit, nor all of those that own one. Names, inlined functions and lines
 * stay in the ELF file, which must be there.
 *
 * A file of little-endian numbers without padding:
 *
 *   header   magic, version, sum of header and fences, what the ELF file was, and how many blocks each table has
 *   fences   table by table, one a block: its first key, where it lies, its length and sum
 *   blocks   up to FL_INDEX_BLOCK bytes of LEB128 numbers, each entry relative to the one before
 *
 * A look-up reads the fences and one block for each address. The file is untrusted, as the ELF file is: a sum that is
 * wrong, or an entry that leads outside, makes the index unusable, and the ELF file is read instead. */
#pragma once
#include "cursor.h"

#define FL_INDEX_MAGIC "FLSYMIDX"

enum {
    FL_INDEX_VERSION = 1,
    FL_INDEX_BLOCK = 4096,
    FL_INDEX_HEADER = 8 + 4 + 4 + 4 * 8 + 1 + 64 + 4 * 4,
    FL_INDEX_SUMMED = 16, /* the sum covers what lies behind it */
    FL_INDEX_FENCE = 8 + 4 + 4 + 4,
    FL_MAX_INDEX_BLOCKS = 1 << 15, /* of a table: 128 MiB */
};

/* Symbols: the gap to the entry before, length, how far behind its start the symbol's entry begins, and, signed, the
 * name's offset less that of the entry before. Ranges: gap, length, number of the unit. Functions: gap, length, and,
 * signed, the offset of the DIE less that of the entry before. Units: the distance in .debug_info to the one before. */
typedef enum { FL_INDEX_SYMBOLS, FL_INDEX_RANGES, FL_INDEX_FUNCTIONS, FL_INDEX_UNITS, FL_INDEX_TABLES } fl_index_table;

/* An index in use. Owner: its fl_symbols. */
typedef struct {
    fl_bytes file; /* a mapping; empty: none in use */
    struct {
        fl_bytes fences;
        uint32_t blocks;
    } tables[FL_INDEX_TABLES];
} fl_index;

/* One block, opened; `key`: what its first entry is relative to. */
typedef struct {
    fl_cursor cursor;
    uint64_t key;
} fl_index_block;

uint32_t fl_index_sum(fl_bytes bytes);
/* false: outside of the file, or its sum is wrong. */
bool fl_index_block_at(const fl_index *index, fl_index_table table, uint32_t block, fl_index_block *out);
/* The last block that begins at or before `key`; the count of blocks when there is none. */
uint32_t fl_index_block_of(const fl_index *index, fl_index_table table, uint64_t key);
