/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressed sections (ELF gABI, SHF_COMPRESSED). By zlib itself, not by libelf: the size is capped before a byte of
 * memory is taken. */
#ifdef __linux__
#include "elf_image.h"
#include <stdlib.h>
#include <zlib.h>

/* Deflate's best is 1032:1 (zlib.net/zlib_tech.html); a header that claims more lies. */
#define BEST_RATIO 1032

void fl_inflate(fl_symbols *symbols, fl_section_kind kind, uint64_t limit) {
    fl_bytes packed = symbols->compressed[kind];
    if (!packed.length) return;
    symbols->compressed[kind] = fl_no_bytes(); /* tried once */

    Elf64_Chdr header;
    if (packed.length < sizeof header) return;
    memcpy(&header, packed.start, sizeof header);
    packed.start += sizeof header;
    packed.length -= sizeof header;
    if (header.ch_type != ELFCOMPRESS_ZLIB || !header.ch_size) return;
    if (header.ch_size > limit || symbols->inflated_bytes > limit - header.ch_size) return;
    if (header.ch_size / BEST_RATIO > packed.length) return;

    uint8_t *bytes = malloc(header.ch_size);
    uLongf length = header.ch_size;
    if (!bytes) return;
    if (uncompress(bytes, &length, packed.start, packed.length) != Z_OK) {
        free(bytes);
        return;
    }
    symbols->inflated[kind] = bytes;
    symbols->inflated_bytes += header.ch_size;
    symbols->section[kind] = (fl_bytes){bytes, length};
}
#endif
