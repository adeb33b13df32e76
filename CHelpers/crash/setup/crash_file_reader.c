/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a crash file that another process left. Nothing in it is believed before it is compared. */
#define _GNU_SOURCE
#include "../handler/crash_file.h"
#include "faultline_crash.h"
#include <string.h>

static size_t end_of_line(const uint8_t *bytes, size_t size, size_t from) {
    const uint8_t *end = memchr(bytes + from, '\n', size - from);
    return end ? (size_t)(end - bytes) + 1 : size;
}

static bool parse_hex16(const uint8_t *text, uint64_t *value) {
    *value = 0;
    for (int i = 0; i < 16; i++) {
        uint8_t c = text[i];
        if (c >= '0' && c <= '9') *value = *value << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f') *value = *value << 4 | (uint64_t)(c - 'a' + 10);
        else return false;
    }
    return true;
}

/* `at` is where a trailer's text begins. `checksum` is that of the text up to the trailer looked at before: each byte
 * is summed once, however many trailers a hostile file has. */
static bool trailer_holds(const uint8_t *bytes, size_t size, size_t start, size_t at, fl_as_checksum *checksum) {
    uint64_t length, sum;
    if (size - at < FL_CRASH_FILE_TRAILER_LENGTH) return false;
    if (!parse_hex16(bytes + at + 10, &length) || !parse_hex16(bytes + at + 27, &sum)) return false;
    if (length != at - start) return false;
    fl_as_checksum_add(checksum, bytes + start + checksum->length, length - checksum->length);
    return fl_as_checksum_end(checksum) == sum;
}

/* Where the text that begins at `start` ends, by the first trailer that holds; SIZE_MAX: none does. */
static size_t end_of_part(const uint8_t *bytes, size_t size, size_t start) {
    static const char trailer[] = FL_CRASH_FILE_TRAILER;
    fl_as_checksum checksum = {0};
    for (size_t from = start; from < size;) {
        const uint8_t *found = memmem(bytes + from, size - from, trailer, sizeof trailer - 1);
        if (!found) break;
        size_t at = (size_t)(found - bytes);
        if (trailer_holds(bytes, size, start, at, &checksum)) return at;
        from = at + 1;
    }
    return SIZE_MAX;
}

enum fl_crash_file_verdict fl_crash_file_inspect(const uint8_t *bytes, size_t size, size_t *offset, size_t *length) {
    static const char magic[] = FL_CRASH_FILE_MAGIC;
    *offset = *length = 0;
    while (size && bytes[size - 1] == 0) size--; /* preallocated and never written */
    if (!size) return FL_CRASH_FILE_EMPTY;
    size_t known = sizeof magic - 1;
    if (size < known || memcmp(bytes, magic, known) != 0) return FL_CRASH_FILE_NOT_OURS;
    size_t start = end_of_line(bytes, size, known), end = end_of_part(bytes, size, start);
    bool our_version = size > known + 1 && bytes[known] == '0' + FL_CRASH_FILE_VERSION && bytes[known + 1] == ' ';
    *offset = start;
    *length = (end == SIZE_MAX ? size : end) - start;
    if (end == SIZE_MAX) return FL_CRASH_FILE_TORN;
    return our_version ? FL_CRASH_FILE_OK : FL_CRASH_FILE_OTHER_VERSION;
}

bool fl_crash_file_next_part(const uint8_t *bytes, size_t size, size_t *offset, size_t *length) {
    size_t behind = FL_CRASH_FILE_TRAILER_LENGTH;
    if (*offset > size || *length > size - *offset || behind > size - *offset - *length) return false;
    size_t start = *offset + *length + behind, end = end_of_part(bytes, size, start);
    if (end == SIZE_MAX) return false;
    *offset = start;
    *length = end - start;
    return true;
}
