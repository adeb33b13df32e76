/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks: their lives, their references, and logs built of them. */
#include "box.h"
#include <string.h>

fl_link fl_chunk_link(const fl_chunk *chunk, uint32_t used) {
    uint64_t place = (uint64_t)((const uint8_t *)chunk - fl_box.base) / FL_BOX_UNIT;
    return (uint64_t)(chunk->generation & 0xffffff) << 40 | (uint64_t)(used / 8) << 24 | place;
}

static uint32_t number_of(const fl_chunk *chunk) {
    const fl_box_class *class = &fl_box.classes[chunk->class_];
    uint64_t offset = (uint64_t)((const uint8_t *)chunk - fl_box.base);
    if (offset < fl_box.file_part) return (uint32_t)((offset - class->file_offset) / class->size);
    return class->file_count + (uint32_t)((offset - class->memory_offset) / class->size);
}

/* The smallest free one that is large enough; a larger one where there is none. */
static fl_chunk *take(size_t need) {
    for (int c = 1; c < FL_BOX_CLASSES; c++) {
        uint32_t number = need <= fl_item_size(c) ? fl_item_take(c) : FL_NO_ITEM;
        if (number == FL_NO_ITEM) continue;
        fl_chunk *chunk = fl_item(c, number);
        __atomic_store_n(&chunk->generation, chunk->generation + 1, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_RELEASE); /* whoever sees new bytes also sees the new generation */
        chunk->references = 1;
        chunk->previous = 0;
        chunk->first = chunk->bytes_before = chunk->live_bytes = chunk->depth = 0;
        chunk->class_ = (uint8_t)c;
        return chunk;
    }
    return NULL;
}

fl_chunk *fl_chunk_after(fl_link old, size_t need, uint32_t records) {
    fl_chunk *chunk = take(need);
    if (!chunk || !old) return chunk;
    const fl_chunk *before = fl_chunk_at(old);
    chunk->previous = old;
    chunk->first = before->first + records;
    chunk->bytes_before = before->bytes_before + fl_link_used(old);
    chunk->live_bytes = before->live_bytes;
    chunk->depth = (uint16_t)(before->depth + 1);
    return chunk;
}

void fl_chunk_retain(fl_link link) {
    if (link) __atomic_fetch_add(&fl_chunk_at(link)->references, 1, __ATOMIC_RELAXED);
}

void fl_chunk_release(fl_link link) {
    while (link) {
        fl_chunk *chunk = fl_chunk_at(link);
        if (__atomic_fetch_sub(&chunk->references, 1, __ATOMIC_ACQ_REL) != 1) return;
        link = chunk->previous;
        __atomic_store_n(&chunk->generation, chunk->generation + 1, __ATOMIC_RELEASE);
        fl_item_give(chunk->class_, number_of(chunk));
    }
}

uint32_t fl_chunk_records(fl_chunk *chunk, uint32_t used) {
    uint32_t count = 0;
    for (uint32_t at = sizeof *chunk; at < used; count++) at += fl_record_size(fl_record_at(chunk, at)->length);
    return count;
}

bool fl_copy_make_room(fl_copy *copy, uint32_t size, size_t want) {
    if (copy->tail && copy->used + size <= fl_item_size(copy->tail->class_)) return true;
    fl_link so_far = copy->tail ? fl_chunk_link(copy->tail, copy->used) : 0;
    fl_chunk *next = fl_chunk_after(so_far, want, 0);
    if (!next) next = fl_chunk_after(so_far, sizeof *next + size, 0);
    if (!next) {
        fl_chunk_release(so_far);
        return false;
    }
    *copy = (fl_copy){next, sizeof *next};
    return true;
}

void fl_copy_record(fl_copy *copy, const fl_record *record) {
    uint32_t size = fl_record_size(record->length);
    memcpy((uint8_t *)copy->tail + copy->used, record, size);
    copy->used += size;
}
