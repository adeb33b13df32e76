/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "cfi_reader.h"
#include "checked_load.h"

fl_as_cfi_reader fl_as_cfi_read(uint64_t start, uint64_t end) {
    return (fl_as_cfi_reader){.at = start, .end = end, .word_at = 1, .bad = start > end};
}

static uint64_t word_of(fl_as_cfi_reader *reader, uint64_t address) {
    uint64_t aligned = address & ~(uint64_t)7;
    if (reader->word_at == aligned) return reader->word;
    reader->word_at = aligned;
    if (fl_as_load(aligned, &reader->word)) return reader->word;
    reader->word_at = 1;
    reader->bad = true;
    return 0;
}

uint64_t fl_as_cfi_unsigned(fl_as_cfi_reader *reader, unsigned size) {
    if (reader->bad || reader->end - reader->at < size) {
        reader->bad = true;
        return 0;
    }
    unsigned inside = reader->at & 7;
    uint64_t value = word_of(reader, reader->at) >> (8 * inside);
    if (inside + size > 8) value |= word_of(reader, reader->at + size - 1) << (8 * (8 - inside));
    reader->at += size;
    if (reader->bad) return 0;
    return size == 8 ? value : value & (((uint64_t)1 << (8 * size)) - 1);
}

int64_t fl_as_cfi_signed(fl_as_cfi_reader *reader, unsigned size) {
    unsigned unused = 64 - 8 * size;
    return (int64_t)(fl_as_cfi_unsigned(reader, size) << unused) >> unused;
}

/* The bits, and in `shift` how many there were. */
static uint64_t leb(fl_as_cfi_reader *reader, unsigned *shift, bool *negative) {
    uint64_t value = 0, byte;
    *shift = 0;
    do {
        byte = fl_as_cfi_byte(reader);
        if (*shift < 64) value |= (byte & 0x7f) << *shift;
        *shift += 7;
        if (*shift >= 70 && byte & 0x80) reader->bad = true;
    } while (byte & 0x80 && !reader->bad);
    *negative = byte & 0x40;
    return reader->bad ? 0 : value;
}

uint64_t fl_as_cfi_uleb(fl_as_cfi_reader *reader) {
    unsigned shift;
    bool negative;
    return leb(reader, &shift, &negative);
}

int64_t fl_as_cfi_sleb(fl_as_cfi_reader *reader) {
    unsigned shift;
    bool negative;
    uint64_t value = leb(reader, &shift, &negative);
    if (negative && shift < 64) value |= ~(uint64_t)0 << shift;
    return (int64_t)value;
}

void fl_as_cfi_skip(fl_as_cfi_reader *reader, uint64_t length) {
    if (reader->bad || length > reader->end - reader->at) reader->bad = true;
    else reader->at += length;
}

uint64_t fl_as_cfi_pointer(fl_as_cfi_reader *reader, uint8_t encoding, uint64_t data) {
    uint64_t field = reader->at, value = 0;
    switch (encoding & 0x0f) {
    case 0x00: /* a pointer as the machine has it */
    case 0x04: value = fl_as_cfi_unsigned(reader, 8); break;
    case 0x01: value = fl_as_cfi_uleb(reader); break;
    case 0x02: value = fl_as_cfi_unsigned(reader, 2); break;
    case 0x03: value = fl_as_cfi_unsigned(reader, 4); break;
    case 0x09: value = (uint64_t)fl_as_cfi_sleb(reader); break;
    case 0x0a: value = (uint64_t)fl_as_cfi_signed(reader, 2); break;
    case 0x0b: value = (uint64_t)fl_as_cfi_signed(reader, 4); break;
    case 0x0c: value = fl_as_cfi_unsigned(reader, 8); break;
    default: reader->bad = true;
    }
    switch (encoding & 0xf0) {
    case 0: break;
    case FL_POINTER_PC_RELATIVE: value += field; break;
    case FL_POINTER_DATA_RELATIVE: value += data; break;
    default: reader->bad = true;
    }
    return reader->bad ? 0 : value;
}
#include "uninstrumented_end.h"
#endif
