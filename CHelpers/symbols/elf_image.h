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

/* A section of the procedure linkage table. */
typedef struct {
    uint64_t address, entry_size;
    fl_bytes bytes;
} fl_stubs;

enum { FL_MAX_STUB_SECTIONS = 4 }; /* .plt, .plt.sec, .plt.got, .iplt */

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
    bool is_mapped;  /* by us */
    int64_t written; /* seconds since 1970 */
    fl_symbols_guard guard;
    uint8_t build_id[64];
    size_t build_id_length;
    fl_bytes symbols, symbol_names;   /* .symtab, else .dynsym, and their strings */
    fl_bytes section[FL_SECTIONS];    /* empty: absent, unusable, or still compressed */
    fl_bytes compressed[FL_SECTIONS]; /* with its Elf64_Chdr; empty: was not, or is inflated already */
    uint8_t *inflated[FL_SECTIONS];   /* owned */
    bool is_lost[FL_SECTIONS];        /* it was compressed, and could not be inflated */
    size_t info_size;                 /* of .debug_info, as it is in the file */
    fl_bytes debug_link;              /* .gnu_debuglink */
    fl_stubs stubs[FL_MAX_STUB_SECTIONS];
    size_t stub_sections;
    struct {
        char **items; /* owned */
        size_t count, capacity, bytes;
    } made_names;      /* that are in no string table */
    fl_symbols *image; /* owned: what this file was split off; NULL: unknown, or it is the image */
    uint64_t inflated_bytes;
    fl_index index;
    fl_known_name names[FL_NAME_MEMO];
    fl_kept_texts texts;
};

/* elf_image.c. Headers are copied, for libelf points into the file, where they may lie at any address. */
bool fl_section_header(const fl_symbols *symbols, Elf_Scn *section, Elf64_Shdr *out);
fl_bytes fl_section_bytes(const fl_symbols *symbols, Elf_Scn *section); /* empty where the file does not hold them */
fl_bytes fl_part_of(fl_bytes whole, uint64_t offset, uint64_t length);  /* empty when it is not all there */

/* mapped_file.c. A regular file, guarded; false: errno says why. `written` NULL: nobody asks. */
bool fl_map(const char *path, const fl_symbols_guard *guard, fl_bytes *out, int64_t *written);
void fl_unmap(fl_bytes file, const fl_symbols_guard *guard);
/* These set `file`; false: errno says why. */
bool fl_map_file(fl_symbols *symbols, const char *path);
void fl_unmap_file(fl_symbols *symbols);
bool fl_find_vdso(fl_symbols *symbols);
/* Lets go of the file's pages that were read. They count as memory of the process, and come back from the page cache.
 */
void fl_let_pages_go(const fl_symbols *symbols);

/* build_id.c. Length 0: the file has none. */
void fl_read_build_id(fl_symbols *symbols);

/* The bytes of a text that was found in a file, without its NUL; the file may have been written to since. */
size_t fl_text_length(const fl_symbols *symbols, const char *text);

/* debug_link.c. The sum that .gnu_debuglink is made with; false: the deadline passed. */
bool fl_sum_of_file(const fl_symbols *symbols, fl_deadline *deadline, uint32_t *out);

/* A guard has made zeros of a file that was cut short: what was read before is not worth more. */
static inline bool fl_is_cut_short(const fl_symbols *symbols) {
    return memcmp(symbols->file.start, ELFMAG, SELFMAG) != 0;
}

/* kept_texts.c. A copy that lives until fl_symbols_close, so that the file's pages need not stay, and whoever writes to
 * the file changes nothing. NULL when there is no room for one; NULL stays NULL. */
const char *fl_keep_text(fl_symbols *symbols, const char *text);
void fl_free_texts(fl_kept_texts *texts);

/* inflate.c. Inflates a compressed section, once. Past `limit` bytes in all, past the deadline, or when it is damaged,
 * it stays empty. */
void fl_inflate(fl_symbols *symbols, fl_section_kind kind, uint64_t limit, fl_deadline *deadline);

/* inflate_zstd.c: all of `packed` into `length` bytes at `out`; false: it is not that, or libzstd is missing. */
bool fl_unpack_zstd(fl_bytes packed, uint8_t *out, size_t length, fl_deadline *deadline);
