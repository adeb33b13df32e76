/* SPDX-License-Identifier: Apache-2.0
 *
 * What the writers of the box share. Normal threads only.
 *
 * Owner: box.c, which reserves the range once and never gives it back. Every write into the range, the header's apart,
 * is made under the lock of a slot (fl_slot_lock): box_file.c takes them all while it moves the box.
 * Order of locks: the box's, a slot's, a shard's. Offsets and sizes in bytes. */
#pragma once
#include "../handler/blackbox_format.h"
#include "lock.h"

/* MARK: box.c, the memory */

typedef struct {
    uint8_t *base; /* NULL before the first opening */
    size_t file_part, memory_part;
    fl_box_class classes[FL_BOX_CLASSES]; /* as in the header, which is not read back: a stray write may have hit it */
    bool in_file;
    uint32_t lock; /* of opening, attaching, detaching and the header's settings */
} fl_box_memory;
extern fl_box_memory fl_box;

static inline fl_box_header *fl_box_header_of(uint8_t *base) { return (fl_box_header *)(void *)base; }

/* As fl_box_open, with other sizes: whole pages, at least 64 KiB each. For seeds and tests; before any other call. */
bool fl_box_open_sized(size_t file_part, size_t memory_part);
/* Whether there is a box to write to. Opens it, but not in a forked child: that starts anew by fl_box_open. */
bool fl_box_is_ready(void);
void fl_box_count_lost(void);

/* Of a slot, by its number; several slots may share one, so no thread ever takes two. */
enum { FL_SLOT_LOCKS = 256 };
extern struct fl_slot_lock {
    uint32_t word;
} __attribute__((aligned(64))) fl_slot_locks[FL_SLOT_LOCKS];
static inline void fl_slot_lock(uint32_t number) { fl_lock(&fl_slot_locks[number % FL_SLOT_LOCKS].word); }
static inline void fl_slot_unlock(uint32_t number) { fl_unlock(&fl_slot_locks[number % FL_SLOT_LOCKS].word); }
void fl_box_stop_writers(void);
void fl_box_resume_writers(void);

/* MARK: run_identity.c */

/* Fills in which process, start and boot this is, and forgets an earlier run's end and crash. */
void fl_box_identify(fl_box_header *header);

/* MARK: items.c, slots and chunks by number within their class */

#define FL_NO_ITEM UINT32_MAX

static inline uint32_t fl_item_size(int c) { return c ? 128u << (2 * c) : (uint32_t)sizeof(fl_slot); }

static inline void *fl_item(int c, uint32_t number) {
    const fl_box_class *class = &fl_box.classes[c];
    if (number < class->file_count) return fl_box.base + class->file_offset + (uint64_t)number * fl_item_size(c);
    return fl_box.base + class->memory_offset + (uint64_t)(number - class->file_count) * fl_item_size(c);
}

/* All are free again; the memory is zero. `fixed`: slots that are never handed out, the first ones. */
void fl_items_reset(uint32_t fixed);
/* FL_NO_ITEM: none left. A taken item's bytes are those of its last life, and zero before its first. */
uint32_t fl_item_take(int c);
void fl_item_give(int c, uint32_t number);
/* How many items of the file part were ever taken; those behind are untouched zeros. */
uint32_t fl_items_used_in_file(int c);

/* MARK: chunks.c */

static inline fl_chunk *fl_chunk_at(fl_link link) { return (fl_chunk *)(void *)(fl_box.base + fl_link_offset(link)); }

static inline fl_record *fl_record_at(fl_chunk *chunk, uint32_t at) {
    return (fl_record *)(void *)((uint8_t *)chunk + at);
}

fl_link fl_chunk_link(const fl_chunk *chunk, uint32_t used);
void fl_chunk_retain(fl_link link);
/* Drops one reference; what nobody refers to any more is given back, and so on down the chain. */
void fl_chunk_release(fl_link link);
/* A chunk with room for `need` bytes, its own header included, that follows on `old` and takes over the caller's
 * reference to it. `records`: how many the link `old` covers. NULL: the box is full. */
fl_chunk *fl_chunk_after(fl_link old, size_t need, uint32_t records);
uint32_t fl_chunk_records(fl_chunk *chunk, uint32_t used);

/* MARK: rewrite.c and ring.c. They build new chunks aside; the caller moves the head there with one store. */

/* A log that is being written: all zero at first. */
typedef struct {
    fl_chunk *tail;
    uint32_t used;
} fl_copy;

/* Room for `size` bytes at `used`, in a new chunk of `want` bytes when the tail has none (a smaller one where there is
 * none so large). false: the box is full, and the copy is given back. */
bool fl_copy_make_room(fl_copy *copy, uint32_t size, size_t want);
void fl_copy_record(fl_copy *copy, const fl_record *record);

/* The last record of each key but that of `next`, without removed ones, and room for `next`. false: no room. */
bool fl_rewrite_state(fl_link log, const fl_record *next, const uint8_t *payload, fl_copy *copy);
/* Lets breadcrumbs older than the newest max_breadcrumbs go: by a cut, or, where a fork holds them, by a copy. true:
 * the head is to move to the copy. `records`: how many the log ever had. */
bool fl_trim_breadcrumbs(fl_link tail, uint32_t records, fl_copy *copy);

/* MARK: scopes.c */

/* Makes FL_SCOPE_GLOBAL, FL_SCOPE_ROOT and FL_SCOPE_BLOCK live. */
void fl_scopes_begin(void);
/* In a forked child: no handle that was inherited will ever name a scope again, those two apart. */
void fl_scopes_forget(void);
