/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressed sections (ELF gABI, SHF_COMPRESSED). By zlib and zstd themselves, not by libelf: the size is capped before
 * a byte of memory is taken. */
#ifdef __linux__
#include "elf_image.h"
#include <stdlib.h>
#include <zlib.h>

enum {
    PIECE = 1 << 20,
    ZLIB = 1, /* ELFCOMPRESS_ZLIB and ELFCOMPRESS_ZSTD, which older headers lack */
    ZSTD = 2,
    /* Deflate's best is 1032:1 (zlib.net/zlib_tech.html); a header that claims more lies. That of zstd has no such
     * limit: a block of 128 KiB of one byte takes four. */
    BEST_RATIO = 1032,
};

/* Not by uncompress(3): the clock is read between the pieces. */
static bool unpack_zlib(fl_bytes packed, uint8_t *out, size_t length, fl_deadline *deadline) {
    z_stream stream = {0};
    if (inflateInit(&stream) != Z_OK) return false;
    stream.next_in = (uint8_t *)(uintptr_t)packed.start; /* zlib only reads it */
    size_t left = packed.length, made = 0;
    int result = Z_OK;
    while (result == Z_OK && !fl_is_past(deadline)) {
        if (!stream.avail_in) stream.avail_in = left < PIECE ? (uInt)left : PIECE, left -= stream.avail_in;
        size_t room = length - made < PIECE ? length - made : PIECE;
        stream.next_out = out + made;
        stream.avail_out = (uInt)room;
        result = inflate(&stream, Z_NO_FLUSH);
        made += room - stream.avail_out;
    }
    inflateEnd(&stream);
    return result == Z_STREAM_END && made == length;
}

void fl_inflate(fl_symbols *symbols, fl_section_kind kind, uint64_t limit, fl_deadline *deadline) {
    fl_bytes packed = symbols->compressed[kind];
    if (!packed.length) return;
    symbols->compressed[kind] = fl_no_bytes(); /* tried once */
    symbols->is_lost[kind] = true;             /* until it is there */

    fl_bytes whole_section = packed;
    Elf64_Chdr header;
    if (packed.length < sizeof header) return;
    memcpy(&header, packed.start, sizeof header);
    packed.start += sizeof header;
    packed.length -= sizeof header;
    if ((header.ch_type != ZLIB && header.ch_type != ZSTD) || !header.ch_size) return;
    if (header.ch_size > limit || symbols->inflated_bytes > limit - header.ch_size) return;
    if (header.ch_type == ZLIB && header.ch_size / BEST_RATIO > packed.length) return;

    uint8_t *bytes = malloc(header.ch_size);
    if (!bytes) return;
    bool whole = header.ch_type == ZLIB ? unpack_zlib(packed, bytes, header.ch_size, deadline)
                                        : fl_unpack_zstd(packed, bytes, header.ch_size, deadline);
    if (!whole) {
        free(bytes);
        if (deadline->passed) symbols->compressed[kind] = whole_section; /* a later look-up has more time */
        return;
    }
    symbols->is_lost[kind] = false;
    symbols->inflated[kind] = bytes;
    symbols->inflated_bytes += header.ch_size;
    symbols->section[kind] = (fl_bytes){bytes, header.ch_size};
}
#endif
