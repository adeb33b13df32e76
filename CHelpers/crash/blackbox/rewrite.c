/* SPDX-License-Identifier: Apache-2.0
 *
 * A state log is rewritten when most of it is dead: the last record of each key goes to new chunks. */
#include "box.h"
#include <string.h>

enum { TABLE = 1024 };

/* Records by key, in the order in which the keys first came. */
typedef struct {
    const fl_record *record[FL_KEYS_MAX];
    uint32_t place[FL_KEYS_MAX]; /* in the log */
    uint16_t table[TABLE];
    uint32_t count, seen;
    bool overflow; /* there were more keys: the later ones are let go */
} live_records;

static bool has_key(const fl_record *record, const fl_record *other, const uint8_t *others_payload) {
    return record->hash == other->hash && record->kind == other->kind && record->key_length == other->key_length &&
           memcmp(record + 1, others_payload, other->key_length) == 0;
}

static void keep_last(live_records *live, const fl_record *record) {
    uint32_t place = record->hash % TABLE;
    while (live->table[place] && !has_key(live->record[live->table[place] - 1], record, (const uint8_t *)(record + 1)))
        place = (place + 1) % TABLE;
    if (!live->table[place]) {
        if (live->count == FL_KEYS_MAX) {
            live->overflow = true;
            return;
        }
        live->table[place] = (uint16_t)++live->count;
    }
    live->record[live->table[place] - 1] = record;
    live->place[live->table[place] - 1] = live->seen++;
}

/* Feature flags stand in the order in which they were set last; the other keys keep the place where they came first. */
static void order_flags(live_records *live, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        const fl_record *record = live->record[i];
        uint32_t place = live->place[i], to = i;
        if (record->kind != FL_RECORD_FLAG) continue;
        for (; to > 0 && (live->record[to - 1]->kind != FL_RECORD_FLAG || live->place[to - 1] > place); to--) {
            live->record[to] = live->record[to - 1];
            live->place[to] = live->place[to - 1];
        }
        live->record[to] = record;
        live->place[to] = place;
    }
}

static void find_live(fl_link log, live_records *live) {
    fl_link links[FL_LOG_LINKS_MAX];
    int count = 0;
    for (; log && count < FL_LOG_LINKS_MAX; log = fl_chunk_at(log)->previous) links[count++] = log;
    while (count--) {
        fl_chunk *chunk = fl_chunk_at(links[count]);
        for (uint32_t at = sizeof *chunk; at < fl_link_used(links[count]);) {
            const fl_record *record = fl_record_at(chunk, at);
            keep_last(live, record);
            at += fl_record_size(record->length);
        }
    }
}

bool fl_rewrite_state(fl_link log, const fl_record *next, const uint8_t *payload, fl_copy *copy) {
    live_records live = {.count = 0};
    uint32_t bytes = 0, kept = 0, size = fl_record_size(next->length);
    find_live(log, &live);
    for (uint32_t i = 0; i < live.count; i++) {
        const fl_record *record = live.record[i];
        if (record->flags & FL_RECORD_REMOVED || has_key(record, next, payload)) continue;
        bytes += fl_record_size(record->length);
        live.place[kept] = live.place[i];
        live.record[kept++] = record;
    }
    order_flags(&live, kept);
    if (live.overflow) fl_box_count_lost();
    if (!(next->flags & FL_RECORD_REMOVED) && (kept == FL_KEYS_MAX || bytes + size > FL_STATE_MAX)) return false;
    size_t want = sizeof(fl_chunk) + 2 * ((size_t)bytes + size);
    if (want > FL_CHUNK_MAX) want = FL_CHUNK_MAX;
    *copy = (fl_copy){NULL, 0};
    for (uint32_t i = 0; i < kept; i++) {
        if (!fl_copy_make_room(copy, fl_record_size(live.record[i]->length), want)) return false;
        fl_copy_record(copy, live.record[i]);
    }
    if (!fl_copy_make_room(copy, size, want)) return false;
    copy->tail->live_bytes = bytes + size;
    return true;
}
