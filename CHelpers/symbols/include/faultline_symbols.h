/* SPDX-License-Identifier: Apache-2.0
 *
 * ELF and DWARF in, rows of numbers and borrowed strings out. One image at a time, all its addresses in one batch.
 *
 * Ownership: fl_symbols_open maps the file; strings in rows live until fl_symbols_close. One thread per fl_symbols.
 * The file is untrusted: every offset is checked by a cursor with a sticky `bad` flag; a malformed part costs its names
 * and nothing else. Off Linux, and where libelf is not installed, open answers FL_SYMBOLS_NO_LIBELF. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fl_symbols fl_symbols;

enum fl_symbols_verdict {
    FL_SYMBOLS_OK,
    FL_SYMBOLS_NO_LIBELF,   /* libelf.so.1 could not be loaded */
    FL_SYMBOLS_NO_FILE,     /* cannot be opened or mapped; errno says why */
    FL_SYMBOLS_NOT_ELF,     /* not a 64-bit little-endian ELF file, or too damaged to find its sections */
    FL_SYMBOLS_OTHER_BUILD, /* its build id is not the expected one, or it has none */
};

/* A file may be cut short while it is mapped; a read behind its new end is then a SIGBUS. Between `begin` and `end`
 * such reads of the `length` bytes at `start` answer 0. false: that cannot be had, and the file is not opened
 * (FL_SYMBOLS_NO_FILE, EBUSY). Any thread. Both NULL: the process takes the risk. */
typedef struct {
    bool (*begin)(const void *start, size_t length);
    void (*end)(const void *start);
} fl_symbols_guard;

/* Which file is taken, and how it is read. */
typedef struct {
    const uint8_t *build_id; /* compared before anything else is read; NULL: any build, or that with the sum */
    size_t build_id_length;
    /* As .gnu_debuglink says it: where the file has no build id at all, or none is known, the file is taken whose
     * CRC-32 this is. To know that, all of it is read, in `max_nanoseconds`. NULL: no such file is taken. */
    const uint32_t *sum;
    uint64_t max_nanoseconds;
    fl_symbols_guard guard;
} fl_symbols_wanted;

enum fl_symbols_verdict fl_symbols_open(const char *path, const fl_symbols_wanted *wanted, fl_symbols **out);
/* The kernel's own code in each process, of which there is no file: that of this process. */
enum fl_symbols_verdict fl_symbols_open_vdso(const fl_symbols_wanted *wanted, fl_symbols **out);
void fl_symbols_close(fl_symbols *symbols); /* NULL: does nothing */
/* `symbols` was split off `image`, which from now on belongs to it: names that it lacks are the image's. Once. */
void fl_symbols_complete(fl_symbols *symbols, fl_symbols *image);
size_t fl_symbols_build_id(const fl_symbols *symbols, uint8_t *out, size_t capacity);
/* The name and the CRC-32 of the debug file that was split off this one; NULL: it does not say. */
const char *fl_symbols_debug_link(const fl_symbols *symbols, uint32_t *sum);
/* When the file was written, in seconds since 1970, as it was when it was opened; 0: it is the vDSO. */
int64_t fl_symbols_written(const fl_symbols *symbols);
/* Has it DWARF? Else it can only give the names of its symbol table. */
bool fl_symbols_has_debug_info(const fl_symbols *symbols);

/* A place in the sources. */
typedef struct {
    const char *directory; /* NULL: none; may be relative to the row's `compilation_directory` */
    const char *file;      /* NULL: unknown */
    uint32_t line, column; /* 0: unknown, or code that the compiler made */
} fl_symbols_place;

/* One level of an address's chain: the innermost inlined function first, the function that is really there last. */
typedef struct {
    const char *name;       /* linkage name when there is one, else the plain name; NULL: unknown */
    fl_symbols_place place; /* as the file says it: nothing is guessed */
    /* Only of the last of the chain, and only where the address itself has line 0: the nearest line of that function
     * before it. Line 0: none. It has no column. */
    fl_symbols_place nearest;
    const char *compilation_directory; /* NULL: none */
    const char *unit;                  /* the compilation unit's name (its main source file); NULL: none */
    uint64_t symbol_address;           /* of the enclosing ELF symbol, file address; 0: none */
    bool inlined;                      /* false for the last of the chain */
} fl_symbols_row;

/* Called once an address, in the order of `addresses`; count 0: nothing is known. Rows are valid during the call, the
 * strings in them until fl_symbols_close. */
typedef void fl_symbols_visitor(void *context, size_t index, const fl_symbols_row *rows, size_t count);

typedef struct {
    uint64_t
        max_nanoseconds; /* of CLOCK_MONOTONIC; past it the remaining addresses get names from the symbol table only */
    uint64_t max_inflated; /* bytes of decompressed sections */
} fl_symbols_limits;

/* `addresses` are file addresses (as linked), taken as given: the caller corrects return addresses. */
void fl_symbols_look_up(fl_symbols *symbols, const uint64_t *addresses, size_t count, fl_symbols_limits limits,
                        fl_symbols_visitor *visit, void *context);

/* MARK: the index */

/* Says for an ELF file which symbol, unit and function own an address: three quarters of a small look-up's time. */

/* Bytes that a look-up without an index goes through. */
size_t fl_symbols_scanned_size(const fl_symbols *symbols);
/* Takes the index that lies at `path`, until it is dropped. false: no file, or not one of this ELF file, or damaged;
 * the caller may make it anew. A block that turns out to be damaged later drops it, and the look-up goes on without. */
bool fl_symbols_use_index(fl_symbols *symbols, const char *path);
bool fl_symbols_has_index(const fl_symbols *symbols);
void fl_symbols_drop_index(fl_symbols *symbols);
/* The bytes of an index, to be given to free(3); some percent of the ELF file. NULL: the file has no build id, or a
 * limit or the memory did not suffice. */
uint8_t *fl_symbols_make_index(fl_symbols *symbols, fl_symbols_limits limits, size_t *length);
