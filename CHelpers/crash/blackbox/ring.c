/* SPDX-License-Identifier: Apache-2.0
 *
 * Breadcrumbs are a ring: at each new chunk, those that are too old are let go. */
#include "box.h"

enum { RING_CHUNKS_MAX = FL_LOG_LINKS_MAX - 16, RING_CHUNK = 2048 };

/* The records of the chunks in `links` (newest first) from number `from` on, in chunks of their own. */
static bool copy_from(const fl_link *links, uint32_t count, uint32_t from, fl_copy *copy) {
    *copy = (fl_copy){NULL, 0};
    while (count--) {
        fl_chunk *chunk = fl_chunk_at(links[count]);
        uint32_t number = chunk->first;
        for (uint32_t at = sizeof *chunk; at < fl_link_used(links[count]); number++) {
            const fl_record *record = fl_record_at(chunk, at);
            uint32_t size = fl_record_size(record->length);
            const fl_chunk *before = copy->tail;
            at += size;
            if ((int32_t)(number - from) < 0) continue;
            size_t want = sizeof *chunk + size < RING_CHUNK ? RING_CHUNK : sizeof *chunk + size;
            if (!fl_copy_make_room(copy, size, want)) return false;
            if (copy->tail != before) copy->tail->first = number;
            fl_copy_record(copy, record);
        }
    }
    return copy->tail != NULL;
}

/* A cut needs every chunk on the way to be this log's alone: it would rob a fork of what the fork still shows. Where
 * one is shared, the log grows to twice the ring and is then copied; without the copy, a root scope that always has a
 * live fork would grow without bound. */
bool fl_trim_breadcrumbs(fl_link tail, uint32_t records, fl_copy *copy) {
    uint32_t limit = fl_box_header_of(fl_box.base)->max_breadcrumbs, count = 0, whole_from = records;
    uint32_t bytes = fl_chunk_at(tail)->bytes_before + fl_link_used(tail);
    fl_link links[RING_CHUNKS_MAX];
    bool ours = true;
    for (fl_link link = tail; count < RING_CHUNKS_MAX; link = fl_chunk_at(link)->previous) {
        fl_chunk *chunk = fl_chunk_at(link);
        uint32_t newer = records - chunk->first, newer_bytes = bytes - chunk->bytes_before;
        bool enough = newer >= limit || newer_bytes >= FL_RING_BYTES_MAX;
        if (!chunk->previous) return false;
        links[count++] = link;
        ours = ours && __atomic_load_n(&chunk->references, __ATOMIC_ACQUIRE) == 1;
        if (newer_bytes < FL_RING_BYTES_MAX) whole_from = chunk->first;
        if (ours && enough) {
            fl_link older = chunk->previous;
            __atomic_store_n(&chunk->previous, 0, __ATOMIC_RELEASE);
            fl_chunk_release(older);
            return false;
        }
        if (newer >= 2 * limit || newer_bytes >= 2 * FL_RING_BYTES_MAX) break;
    }
    uint32_t from = records - limit; /* numbers wrap: compared by their distance */
    return copy_from(links, count, (int32_t)(whole_from - from) > 0 ? whole_from : from, copy);
}
