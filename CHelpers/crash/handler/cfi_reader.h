/* SPDX-License-Identifier: Apache-2.0
 *
 * A cursor over unwind tables in the program's memory. They may be damaged, or gone with a library that was closed:
 * each word comes by a checked load, and what fails leaves the sticky `bad` and the value 0, so that parsing reads
 * straight. Owner: the caller, on its stack. Addresses are absolute. */
#pragma once
#ifdef __linux__
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t at, end; /* what is left */
    uint64_t word_at; /* address of `word`, the last aligned word that was loaded; 1: none */
    uint64_t word;
    bool bad;
} fl_as_cfi_reader;

fl_as_cfi_reader fl_as_cfi_read(uint64_t start, uint64_t end);
/* `size` bytes, 1 to 8, little-endian. */
uint64_t fl_as_cfi_unsigned(fl_as_cfi_reader *reader, unsigned size);
int64_t fl_as_cfi_signed(fl_as_cfi_reader *reader, unsigned size);
/* The same for one byte, which most of the tables are. */
static inline uint64_t fl_as_cfi_byte(fl_as_cfi_reader *reader) {
    if (reader->word_at != (reader->at & ~(uint64_t)7) || reader->at >= reader->end || reader->bad)
        return fl_as_cfi_unsigned(reader, 1);
    return reader->word >> (8 * (reader->at++ & 7)) & 0xff;
}

/* LEB128 (DWARF 5, 7.6); bits past the 64th are lost, more than ten bytes are bad. */
uint64_t fl_as_cfi_uleb(fl_as_cfi_reader *reader);
int64_t fl_as_cfi_sleb(fl_as_cfi_reader *reader);
void fl_as_cfi_skip(fl_as_cfi_reader *reader, uint64_t length);

/* DW_EH_PE_… of LSB 10.5: the low half is the form, the high one what the value is relative to. */
enum {
    FL_POINTER_PC_RELATIVE = 0x10,
    FL_POINTER_DATA_RELATIVE = 0x30,
    FL_POINTER_OMITTED = 0xff,
};
/* A pointer in `encoding`; `data` is what data-relative ones count from. Those that have to be loaded from where they
 * point (indirect), and those relative to text or function, are bad: code addresses are never encoded so. */
uint64_t fl_as_cfi_pointer(fl_as_cfi_reader *reader, uint8_t encoding, uint64_t data);
#endif
