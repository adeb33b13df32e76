/* SPDX-License-Identifier: Apache-2.0 */
#include "uninstrumented_begin.h"

#include "crash_file.h"
#include <string.h>

static void add_word(fl_as_checksum *checksum, const uint8_t *bytes) {
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--) word = word << 8 | bytes[i];
    checksum->sum = (checksum->sum ^ word) * 0x9e3779b97f4a7c15u;
    checksum->sum ^= checksum->sum >> 32;
}

void fl_as_checksum_add(fl_as_checksum *checksum, const uint8_t *bytes, size_t length) {
    size_t held = checksum->length % 8, i = 0;
    checksum->length += length;
    if (held) {
        while (held < 8 && i < length) checksum->rest[held++] = bytes[i++];
        if (held < 8) return;
        add_word(checksum, checksum->rest);
    }
    for (; i + 8 <= length; i += 8) add_word(checksum, bytes + i);
    memcpy(checksum->rest, bytes + i, length - i);
}

uint64_t fl_as_checksum_end(const fl_as_checksum *checksum) {
    fl_as_checksum last = *checksum;
    size_t held = last.length % 8;
    if (held) {
        memset(last.rest + held, 0, 8 - held);
        add_word(&last, last.rest);
    }
    return last.sum ^ last.length;
}
#include "uninstrumented_end.h"
