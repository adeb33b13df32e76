/* SPDX-License-Identifier: Apache-2.0
 *
 * Setting and adding: a record goes behind the newest one of its log, then one store of the head commits it. */
#include "scopes.h"
#include <string.h>

enum {
    DEPTH_MAX = 8,       /* chunks in a state log before it is rewritten */
    TALKER_CHUNK = 2048, /* of a scope whose first chunk of breadcrumbs is full */
    TAG_LIMIT = 200,     /* characters: the server drops tags that are longer */
};

/* Eight bytes a step. A reader only compares hashes, so their way of computing is no part of the format. */
static uint16_t hash_of(enum fl_record_kind kind, const uint8_t *bytes, size_t length) {
    const uint64_t factor = 0xff51afd7ed558ccdu;
    uint64_t hash = (uint64_t)kind * 0x9e3779b97f4a7c15u, word = 0;
    for (; length >= 8; length -= 8, bytes += 8) {
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
    }
    for (word = 0; length; length--) word = word << 8 | bytes[length - 1];
    return (uint16_t)((hash ^ word) * factor >> 48);
}

static bool is_too_long(const fl_slot *slot, const fl_chunk *tail, uint32_t used) {
    uint32_t bytes = tail->bytes_before + used;
    return tail->depth + 1 >= DEPTH_MAX || bytes > 2 * FL_STATE_MAX ||
           (slot->owns[FL_LOG_STATE] && bytes > 2 * tail->live_bytes + 64);
}

/* Where the next record of a log goes. `freed`: the log to release after the commit. false: no room. */
static bool find_room(fl_slot *slot, int log, const fl_record *record, const uint8_t *payload, fl_copy *place,
                      fl_link *freed) {
    fl_link old = slot->head[log];
    uint32_t size = fl_record_size(record->length);
    fl_chunk *tail = old ? fl_chunk_at(old) : NULL;
    *place = (fl_copy){tail, fl_link_used(old)};
    *freed = 0;
    if (tail && slot->owns[log] && place->used + size <= fl_item_size(tail->class_)) return true;
    if (log == FL_LOG_STATE && tail && is_too_long(slot, tail, place->used)) {
        *freed = old;
        return fl_rewrite_state(old, record, payload, place);
    }
    size_t want = sizeof *tail + size;
    if (log == FL_LOG_BREADCRUMBS && slot->owns[log] && want < TALKER_CHUNK) want = TALKER_CHUNK;
    uint32_t records = tail && log == FL_LOG_BREADCRUMBS ? fl_chunk_records(tail, place->used) : 0;
    *place =
        (fl_copy){fl_chunk_after(old, want, records), sizeof *tail}; /* the head's reference passes to `previous` */
    return place->tail != NULL;
}

static void commit(fl_slot *slot, int log, const fl_copy *copy) {
    __atomic_store_n(&slot->head[log], fl_chunk_link(copy->tail, copy->used), __ATOMIC_RELEASE);
}

static bool append(fl_slot *slot, int log, const fl_record *record, const uint8_t *payload) {
    fl_copy place, ring;
    fl_link freed;
    if (!find_room(slot, log, record, payload, &place, &freed)) return false;
    bool is_first_of_chunk = place.used == sizeof *place.tail;
    slot->owns[log] = 1;
    uint8_t *to = (uint8_t *)place.tail + place.used;
    memcpy(to, record, sizeof *record);
    if (record->length) memcpy(to + sizeof *record, payload, record->length);
    place.used += fl_record_size(record->length);
    commit(slot, log, &place);
    __atomic_store_n(&slot->changed, fl_scope_clock(), __ATOMIC_RELAXED);
    if (log == FL_LOG_BREADCRUMBS && is_first_of_chunk && place.tail->previous &&
        fl_trim_breadcrumbs(slot->head[log], place.tail->first + 1, &ring)) {
        freed = slot->head[log];
        commit(slot, log, &ring);
    }
    fl_chunk_release(freed);
    return true;
}

bool fl_scope_append(fl_scope scope, enum fl_record_kind kind, uint8_t flags, const uint8_t *payload, size_t length,
                     size_t key_length) {
    fl_slot *slot = fl_scope_lock(scope);
    if (!slot) return false;
    bool is_breadcrumb = kind == FL_RECORD_BREADCRUMB, done = false;
    if (is_breadcrumb && fl_box_header_of(fl_box.base)->max_breadcrumbs == 0) {
        slot->refused++;
        done = true;
    } else if (length <= FL_RECORD_MAX && key_length <= length) {
        fl_record record = {.length = (uint16_t)length,
                            .key_length = (uint16_t)key_length,
                            .kind = (uint8_t)kind,
                            .flags = flags,
                            .hash = is_breadcrumb ? 0 : hash_of(kind, payload, key_length)};
        done = append(slot, is_breadcrumb ? FL_LOG_BREADCRUMBS : FL_LOG_STATE, &record, payload);
    }
    fl_slot_unlock((uint32_t)scope);
    if (!done) fl_box_count_lost();
    return done;
}

/* In bytes, the limit under which fl_as_put_string leaves at most TAG_LIMIT characters. */
static size_t tag_limit(const uint8_t *utf8, size_t length) {
    size_t characters = 0, cut = 0;
    if (length <= TAG_LIMIT) return length;
    for (size_t i = 0; i < length; i++) {
        if ((utf8[i] & 0xc0) == 0x80) continue;
        if (characters == TAG_LIMIT - 3) cut = i;
        if (characters++ == TAG_LIMIT) return cut + 3; /* with the dots */
    }
    return length;
}

bool fl_scope_set_tag(fl_scope scope, const uint8_t *key, size_t key_length, const uint8_t *value,
                      size_t value_length) {
    uint8_t bytes[2 * (6 * TAG_LIMIT + 8)]; /* a control character becomes six bytes */
    fl_as_buffer buffer = {bytes, bytes, bytes + sizeof bytes, false};
    fl_as_put_string(&buffer, key, key_length, TAG_LIMIT); /* keys are ASCII: as many bytes */
    size_t quoted_key = (size_t)(buffer.at - buffer.start);
    fl_as_put(&buffer, ":", 1);
    fl_as_put_string(&buffer, value, value_length, tag_limit(value, value_length));
    size_t length = buffer.full ? FL_RECORD_MAX + 1 : (size_t)(buffer.at - buffer.start);
    return fl_scope_append(scope, FL_RECORD_TAG, 0, bytes, length, quoted_key);
}
