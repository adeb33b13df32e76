/* SPDX-License-Identifier: Apache-2.0
 *
 * One opened ELF file: the mapping, where its sections lie, and what was inflated of them.
 * Owner: whoever called fl_symbols_open; everything hangs on it and is freed by fl_symbols_close. One thread. */
#pragma once
#include "cursor.h"
#include "deadline.h"
#include "faultline_symbols.h"
#include "libelf_table.h"
#include "symbol_index.h"

typedef enum {
    FL_INFO,
    FL_ABBREV,
    FL_RANGES,
    FL_RNGLISTS,
    FL_ADDR,
    FL_LINE,
    FL_STR,
    FL_LINE_STR,
    FL_STR_OFFSETS,
    FL_SECTIONS
} fl_section_kind;

#define FL_NAME_MEMO 4096 /* a power of two; 64 KiB */

typedef struct {
    uint64_t die; /* offset in .debug_info plus 1; 0: empty */
    const char *name;
} fl_known_name;

typedef struct fl_text_block fl_text_block;

/* Copies of texts, by where they lie in the file. */
typedef struct {
    struct {
        const char *text; /* NULL: free */
        const char *copy;
    } *slots;
    size_t count, capacity;
    fl_text_block *blocks;
    size_t bytes;
} fl_kept_texts;

struct fl_symbols {
    fl_libelf libelf;
    Elf *elf;
    fl_bytes file;
    uint8_t build_id[64];
    size_t build_id_length;
    fl_bytes symbols, symbol_names;   /* .symtab, else .dynsym, and their strings */
    fl_bytes section[FL_SECTIONS];    /* empty: absent, unusable, or still compressed */
    fl_bytes compressed[FL_SECTIONS]; /* with its Elf64_Chdr; empty: was not, or is inflated already */
    uint8_t *inflated[FL_SECTIONS];   /* owned */
    uint64_t inflated_bytes;
    fl_index index;
    fl_known_name names[FL_NAME_MEMO];
    fl_kept_texts texts;
};

/* A regular file, to be given to munmap; errno says why not. */
bool fl_map_file(const char *path, fl_bytes *out);
/* As it is in the file, compressed or not. */
static inline size_t fl_section_size(const fl_symbols *symbols, fl_section_kind kind) {
    fl_bytes packed = symbols->compressed[kind];
    return packed.length ? packed.length : symbols->section[kind].length;
}

/* A copy that lives until fl_symbols_close, so that the file's pages need not stay; the text itself when there is no
 * room for one. NULL stays NULL. */
const char *fl_keep_text(fl_symbols *symbols, const char *text);
void fl_free_texts(fl_kept_texts *texts);

/* Lets go of the file's pages that were read. They count as memory of the process, and come back from the page cache.
 */
void fl_let_pages_go(const fl_symbols *symbols);

/* Inflates a compressed section, once. Past `limit` bytes in all, past the deadline, or when it is damaged, it stays
 * empty. */
void fl_inflate(fl_symbols *symbols, fl_section_kind kind, uint64_t limit, fl_deadline *deadline);
