/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON text into bounded memory. A buffer that is full stays as it was before the write that did not fit. */
#include "uninstrumented_begin.h"

#include "../include/faultline_crash.h"
#include <string.h>

/* MARK: bytes */

/* Short copies inline: the length is rarely a constant, and a call costs more than the copy. */
static inline void copy(uint8_t *to, const uint8_t *from, size_t length) {
    if (length > 32) {
        memcpy(to, from, length);
    } else if (length >= 8) {
        for (size_t i = 0; i + 8 <= length; i += 8) memcpy(to + i, from + i, 8);
        memcpy(to + length - 8, from + length - 8, 8);
    } else if (length >= 4) {
        memcpy(to, from, 4);
        memcpy(to + length - 4, from + length - 4, 4);
    } else {
        while (length--) *to++ = *from++;
    }
}

void fl_as_put(fl_as_buffer *buffer, const void *bytes, size_t length) {
    if (buffer->full || (size_t)(buffer->end - buffer->at) < length) {
        buffer->full = true;
        return;
    }
    copy(buffer->at, bytes, length);
    buffer->at += length;
}

void fl_as_put_literal(fl_as_buffer *buffer, const char *c_string) { fl_as_put(buffer, c_string, strlen(c_string)); }

/* MARK: strings */

/* Non-zero when one of eight bytes is below 0x20, above 0x7e, a quote or a backslash (bit tricks: Hacker's Delight
 * 6-1). */
static inline uint64_t needs_care(uint64_t bytes) {
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t quote = bytes ^ ones * '"', slash = bytes ^ ones * '\\';
    return (((bytes - ones * 0x20) & ~bytes) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | bytes) & tops;
}

/* A register of SSE2 and of NEON, which each of our processors has. As signed numbers, bytes from 0x80 on are below
 * 0x20. */
typedef int8_t sixteen __attribute__((vector_size(16)));

static inline sixteen copy_sixteen(uint8_t *to, const uint8_t *from) {
    sixteen bytes;
    memcpy(&bytes, from, 16);
    memcpy(to, &bytes, 16);
    return (sixteen)((bytes < 0x20) | (bytes == '"') | (bytes == '\\'));
}

static inline uint64_t copy_eight(uint8_t *to, const uint8_t *from) {
    uint64_t word;
    memcpy(&word, from, 8);
    memcpy(to, &word, 8);
    return needs_care(word);
}

/* Copies, and says whether all of it is ASCII that needs no escape. */
static inline bool copy_plain(uint8_t *to, const uint8_t *from, size_t length) {
    uint64_t care = 0;
    if (length >= 16) {
        sixteen found = copy_sixteen(to + length - 16, from + length - 16);
        for (size_t i = 0; i + 16 < length; i += 16) found |= copy_sixteen(to + i, from + i);
        uint64_t words[2];
        memcpy(words, &found, sizeof words);
        return !(words[0] | words[1]);
    }
    if (length >= 8) return !(copy_eight(to, from) | copy_eight(to + length - 8, from + length - 8));
    if (length >= 4) {
        uint32_t head, tail;
        memcpy(&head, from, 4);
        memcpy(&tail, from + length - 4, 4);
        memcpy(to, &head, 4);
        memcpy(to + length - 4, &tail, 4);
        return !needs_care((uint64_t)head << 32 | tail);
    }
    for (size_t i = 0; i < length; i++) {
        to[i] = from[i];
        care |= needs_care(0x2020202020202000u | from[i]);
    }
    return !care;
}

static bool continues(uint8_t byte) { return (byte & 0xc0) == 0x80; }

/* Bytes of the code point at `bytes`; 0: not UTF-8 (RFC 3629, the table of section 4). */
static size_t code_point_length(const uint8_t *bytes, size_t length) {
    uint8_t first = bytes[0], second = length > 1 ? bytes[1] : 0;
    if (first < 0x80) return 1;
    if (first < 0xc2 || !continues(second)) return 0;
    if (first < 0xe0) return 2;
    if (length < 3 || !continues(bytes[2])) return 0;
    if (first < 0xf0) return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ? 0 : 3;
    if (length < 4 || !continues(bytes[3]) || first > 0xf4) return 0;
    return (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) ? 0 : 4;
}

static void put_escape(fl_as_buffer *buffer, uint8_t byte) {
    uint8_t text[6] = {'\\', 'u', '0', '0', (uint8_t)('0' + (byte >> 4)), (uint8_t)"0123456789abcdef"[byte & 15]};
    switch (byte) {
    case '"':
    case '\\': text[1] = byte; break;
    case '\n': text[1] = 'n'; break;
    case '\r': text[1] = 'r'; break;
    case '\t': text[1] = 't'; break;
    default: fl_as_put(buffer, text, 6); return;
    }
    fl_as_put(buffer, text, 2);
}

/* Code point by code point. */
static void put_with_care(fl_as_buffer *buffer, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length && !buffer->full;) {
        size_t size = code_point_length(bytes + i, length - i);
        if (!size) fl_as_put(buffer, "\xef\xbf\xbd", 3);
        else if (bytes[i] < 0x20 || bytes[i] == '"' || bytes[i] == '\\') put_escape(buffer, bytes[i]);
        else fl_as_put(buffer, bytes + i, size);
        i += size ? size : 1;
    }
}

static void put_with_limit(fl_as_buffer *buffer, const uint8_t *utf8, size_t length, size_t limit) {
    fl_as_buffer before = *buffer;
    bool cut = length > limit;
    if (cut) {
        length = limit > 3 ? limit - 3 : 0; /* room for the dots */
        for (int back = 0; back < 3 && length && continues(utf8[length]); back++) length--;
    }
    fl_as_put(buffer, "\"", 1);
    put_with_care(buffer, utf8, length);
    fl_as_put(buffer, cut ? "...\"" : "\"", cut ? 4 : 1);
    if (!buffer->full) return;
    *buffer = before;
    buffer->full = true;
}

void fl_as_put_string(fl_as_buffer *buffer, const uint8_t *utf8, size_t length, size_t limit) {
    /* Nearly every string is short enough, and plain. */
    if (length <= limit && !buffer->full && (size_t)(buffer->end - buffer->at) >= length + 2 &&
        copy_plain(buffer->at + 1, utf8, length)) {
        buffer->at[0] = buffer->at[length + 1] = '"';
        buffer->at += length + 2;
        return;
    }
    put_with_limit(buffer, utf8, length, limit);
}

/* MARK: numbers */

void fl_as_put_unsigned(fl_as_buffer *buffer, uint64_t value) {
    uint8_t text[20], *at = text + sizeof text;
    do *--at = (uint8_t)('0' + value % 10);
    while (value /= 10);
    fl_as_put(buffer, at, (size_t)(text + sizeof text - at));
}

void fl_as_put_integer(fl_as_buffer *buffer, int64_t value) {
    uint8_t text[20], *at = text + sizeof text;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do *--at = (uint8_t)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *--at = '-';
    fl_as_put(buffer, at, (size_t)(text + sizeof text - at));
}

void fl_as_put_hex(fl_as_buffer *buffer, uint64_t value) {
    uint8_t text[16], *at = text + sizeof text;
    do *--at = (uint8_t)"0123456789abcdef"[value & 15];
    while (value >>= 4);
    fl_as_put(buffer, at, (size_t)(text + sizeof text - at));
}

void fl_as_put_address(fl_as_buffer *buffer, uint64_t value) {
    fl_as_buffer before = *buffer;
    fl_as_put(buffer, "\"0x", 3);
    fl_as_put_hex(buffer, value);
    fl_as_put(buffer, "\"", 1);
    if (!buffer->full) return;
    *buffer = before;
    buffer->full = true;
}

void fl_as_put_epoch(fl_as_buffer *buffer, int64_t seconds, uint32_t nanoseconds) {
    uint8_t text[29], *at = text + sizeof text;
    uint64_t whole = (uint64_t)seconds;
    bool negative = seconds < 0;
    if (nanoseconds > 999999999) nanoseconds = 999999999;
    if (negative) { /* -2 s + 0.5 s is -1.5 s */
        whole = 0 - whole;
        if (nanoseconds) {
            whole--;
            nanoseconds = 1000000000 - nanoseconds;
        }
    }
    uint32_t micro = nanoseconds / 1000;
    for (int i = 0; i < 6; i++, micro /= 10) *--at = (uint8_t)('0' + micro % 10);
    *--at = '.';
    do *--at = (uint8_t)('0' + whole % 10);
    while (whole /= 10);
    if (negative) *--at = '-';
    fl_as_put(buffer, at, (size_t)(text + sizeof text - at));
}
#include "uninstrumented_end.h"
