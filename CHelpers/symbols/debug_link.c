/* SPDX-License-Identifier: Apache-2.0
 *
 * What .gnu_debuglink says: the name of the file that was split off, and its CRC-32.
 * Source: sourceware.org/gdb/current/onlinedocs/gdb.html/Separate-Debug-Files.html */
#ifdef __linux__
#include "elf_image.h"
#include <zlib.h>

enum { PIECE = 1 << 20 };

bool fl_sum_of_file(const fl_symbols *symbols, fl_deadline *deadline, uint32_t *out) {
    fl_bytes file = symbols->file;
    uLong sum = crc32(0, NULL, 0);
    for (size_t at = 0; at < file.length; at += PIECE) {
        if (fl_is_past(deadline)) return false;
        size_t left = file.length - at;
        sum = crc32(sum, file.start + at, left < PIECE ? (uInt)left : PIECE);
        fl_let_pages_go(symbols);
    }
    *out = (uint32_t)sum;
    return true;
}

/* The name, padded with NULs to 4 bytes, then the sum. */
const char *fl_symbols_debug_link(const fl_symbols *symbols, uint32_t *sum) {
    fl_cursor cursor = fl_cursor_at(symbols->debug_link, 0);
    const char *name = fl_read_text(&cursor);
    size_t padding = (4 - (size_t)(cursor.at - symbols->debug_link.start) % 4) % 4;
    fl_skip(&cursor, padding);
    *sum = (uint32_t)fl_read(&cursor, 4);
    return cursor.bad || !*name ? NULL : name;
}
#endif
