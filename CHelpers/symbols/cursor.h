/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads of untrusted bytes. A read past the end sets `bad`, which stays set, moves to the end and answers 0: parsing
 * code reads straight and asks once. Each read takes bounded time, so that counted steps bound a loop of them. Owns
 * nothing. Little-endian hosts only, as everything here. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    FL_MAX_LEB = 32,        /* bytes of a LEB128 number, padding included; 128 bits take 19 */
    FL_MAX_TEXT = 64 << 10, /* bytes of a text with its NUL; the longest names of Swift have some 10,000 */
};

/* Borrowed. `start` is never NULL, also when empty. */
typedef struct {
    const uint8_t *start;
    size_t length;
} fl_bytes;

typedef struct {
    const uint8_t *at, *end;
    bool bad;
} fl_cursor;

static inline fl_bytes fl_no_bytes(void) { return (fl_bytes){(const uint8_t *)"", 0}; }

static inline fl_cursor fl_cursor_at(fl_bytes bytes, uint64_t offset) {
    bool bad = offset > bytes.length;
    return (fl_cursor){bytes.start + (bad ? bytes.length : offset), bytes.start + bytes.length, bad};
}

static inline size_t fl_left(const fl_cursor *cursor) { return (size_t)(cursor->end - cursor->at); }

static inline void fl_fail(fl_cursor *cursor) {
    cursor->bad = true;
    cursor->at = cursor->end;
}

static inline void fl_skip(fl_cursor *cursor, uint64_t length) {
    if (length > fl_left(cursor)) fl_fail(cursor);
    else cursor->at += length;
}

/* width: 1 to 8 bytes */
static inline uint64_t fl_read(fl_cursor *cursor, unsigned width) {
    uint64_t value = 0;
    if (width > fl_left(cursor)) {
        fl_fail(cursor);
        return 0;
    }
    switch (width) { /* a copy of constant length is one instruction, any other is a call */
    case 8: memcpy(&value, cursor->at, 8); break;
    case 4: memcpy(&value, cursor->at, 4); break;
    case 2: memcpy(&value, cursor->at, 2); break;
    case 1: value = *cursor->at; break;
    default: memcpy(&value, cursor->at, width); break;
    }
    cursor->at += width;
    return value;
}

/* Bits past 64 are dropped. */
static inline uint64_t fl_read_uleb(fl_cursor *cursor) {
    if (cursor->at < cursor->end && *cursor->at < 128) return *cursor->at++; /* nearly all */
    uint64_t value = 0;
    for (unsigned shift = 0; cursor->at < cursor->end && shift < 7 * FL_MAX_LEB; shift += 7) {
        uint8_t byte = *cursor->at++;
        if (shift < 64) value |= (uint64_t)(byte & 127) << shift;
        if (!(byte & 128)) return value;
    }
    fl_fail(cursor);
    return 0;
}

static inline int64_t fl_read_sleb(fl_cursor *cursor) {
    uint64_t value = 0;
    for (unsigned shift = 0; cursor->at < cursor->end && shift < 7 * FL_MAX_LEB;) {
        uint8_t byte = *cursor->at++;
        if (shift < 64) value |= (uint64_t)(byte & 127) << shift;
        shift += 7;
        if (byte & 128) continue;
        if (shift < 64 && (byte & 64)) value |= ~(uint64_t)0 << shift;
        return (int64_t)value;
    }
    fl_fail(cursor);
    return 0;
}

static inline void fl_skip_leb(fl_cursor *cursor) {
    for (int i = 0; i < FL_MAX_LEB && cursor->at < cursor->end; i++)
        if (!(*cursor->at++ & 128)) return;
    fl_fail(cursor);
}

/* "" when no NUL follows, or too far away. */
static inline const char *fl_read_text(fl_cursor *cursor) {
    size_t left = fl_left(cursor);
    const uint8_t *nul = memchr(cursor->at, 0, left < FL_MAX_TEXT ? left : FL_MAX_TEXT);
    if (!nul) {
        fl_fail(cursor);
        return "";
    }
    const char *text = (const char *)cursor->at;
    cursor->at = nul + 1;
    return text;
}

/* NULL when `offset` is outside, or no NUL follows, or too far away. */
static inline const char *fl_text_at(fl_bytes bytes, uint64_t offset) {
    if (offset >= bytes.length) return NULL;
    size_t left = bytes.length - offset;
    const uint8_t *text = bytes.start + offset;
    return memchr(text, 0, left < FL_MAX_TEXT ? left : FL_MAX_TEXT) ? (const char *)text : NULL;
}
