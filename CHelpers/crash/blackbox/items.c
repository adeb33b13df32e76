/* SPDX-License-Identifier: Apache-2.0
 *
 * Free items: eight shards of lists, one lock each; a thread stays with its shard. Fresh items are taken in runs. A dry
 * shard takes over another's whole list, in the file and in memory: one thread may take what another gives. */
#include "box.h"
#include <string.h>

enum { SHARDS = 8, RUN = 32, IN_FILE = 0, IN_MEMORY = 1 };

typedef struct {
    uint32_t lock;
    uint32_t count[2][FL_BOX_CLASSES], list[2][FL_BOX_CLASSES];
    uint32_t fresh[FL_BOX_CLASSES], left[FL_BOX_CLASSES]; /* the rest of a run */
} __attribute__((aligned(128))) shard;

static shard shards[SHARDS];
static uint32_t fresh_in_file[FL_BOX_CLASSES], fresh_in_memory[FL_BOX_CLASSES];

void fl_items_reset(uint32_t fixed) {
    memset(shards, 0, sizeof shards);
    for (int i = 0; i < SHARDS; i++)
        for (int c = 0; c < FL_BOX_CLASSES; c++) shards[i].list[IN_FILE][c] = shards[i].list[IN_MEMORY][c] = FL_NO_ITEM;
    memset(fresh_in_file, 0, sizeof fresh_in_file);
    memset(fresh_in_memory, 0, sizeof fresh_in_memory);
    fresh_in_file[0] = fixed;
}

uint32_t fl_items_used_in_file(int c) {
    uint32_t fresh = __atomic_load_n(&fresh_in_file[c], __ATOMIC_RELAXED), count = fl_box.classes[c].file_count;
    return fresh < count ? fresh : count;
}

static uint32_t *next_of(int c, uint32_t number) {
    void *item = fl_item(c, number);
    return c ? &((fl_chunk *)item)->next_free : &((fl_slot *)item)->next_free;
}

static shard *own_shard(void) {
    static uint32_t threads;
    static _Thread_local shard *own;
    if (!own) own = &shards[__atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) % SHARDS];
    return own;
}

/* With the shard's lock held. */
static uint32_t pop(shard *from, int where, int c) {
    uint32_t number = from->list[where][c];
    if (number == FL_NO_ITEM) return FL_NO_ITEM;
    from->list[where][c] = *next_of(c, number);
    from->count[where][c]--;
    return number;
}

static void put_in_front(shard *to, int where, int c, uint32_t first, uint32_t last, uint32_t count) {
    fl_lock(&to->lock);
    *next_of(c, last) = to->list[where][c];
    to->list[where][c] = first;
    to->count[where][c] += count;
    fl_unlock(&to->lock);
}

/* A thread that only gives piles items up: take such a pile, of at least `least`, over whole, and one of it. */
static uint32_t take_over(shard *mine, int where, int c, uint32_t least) {
    for (int i = 0; i < SHARDS; i++) {
        shard *other = &shards[i];
        if (other == mine || __atomic_load_n(&other->count[where][c], __ATOMIC_RELAXED) < least) continue;
        fl_lock(&other->lock);
        uint32_t number = pop(other, where, c), list = other->list[where][c], count = other->count[where][c];
        other->list[where][c] = FL_NO_ITEM;
        other->count[where][c] = 0;
        fl_unlock(&other->lock);
        if (number == FL_NO_ITEM) continue;
        if (list == FL_NO_ITEM) return number;
        uint32_t last = list;
        while (*next_of(c, last) != FL_NO_ITEM) last = *next_of(c, last);
        put_in_front(mine, where, c, list, last, count);
        return number;
    }
    return FL_NO_ITEM;
}

static uint32_t take_from_own(shard *mine, int c) {
    fl_lock(&mine->lock);
    uint32_t number = pop(mine, IN_FILE, c);
    if (number == FL_NO_ITEM && mine->left[c]) {
        number = mine->fresh[c]++;
        mine->left[c]--;
    }
    fl_unlock(&mine->lock);
    return number;
}

static uint32_t take_fresh_run(shard *mine, int c) {
    uint32_t in_file = fl_box.classes[c].file_count;
    if (__atomic_load_n(&fresh_in_file[c], __ATOMIC_RELAXED) >= in_file) return FL_NO_ITEM;
    uint32_t run = __atomic_fetch_add(&fresh_in_file[c], RUN, __ATOMIC_RELAXED);
    if (run >= in_file) return FL_NO_ITEM;
    fl_lock(&mine->lock);
    if (!mine->left[c]) {
        mine->fresh[c] = run + 1;
        mine->left[c] = (in_file - run < RUN ? in_file - run : RUN) - 1;
    } /* else another thread of this shard was first, and the rest of this run stays unused */
    fl_unlock(&mine->lock);
    return run;
}

static uint32_t take_from_memory(shard *mine, int c) {
    const fl_box_class *class = &fl_box.classes[c];
    __atomic_fetch_add(&fl_box_header_of(fl_box.base)->beyond_file, 1, __ATOMIC_RELAXED);
    fl_lock(&mine->lock);
    uint32_t number = pop(mine, IN_MEMORY, c);
    fl_unlock(&mine->lock);
    if (number != FL_NO_ITEM) return number;
    uint32_t in_memory = class->all_count - class->file_count;
    if (__atomic_load_n(&fresh_in_memory[c], __ATOMIC_RELAXED) < in_memory) {
        number = __atomic_fetch_add(&fresh_in_memory[c], 1, __ATOMIC_RELAXED);
        if (number < in_memory) return class->file_count + number;
    }
    return take_over(mine, IN_MEMORY, c, 1);
}

uint32_t fl_item_take(int c) {
    shard *mine = own_shard();
    uint32_t number = take_from_own(mine, c);
    if (number == FL_NO_ITEM) number = take_over(mine, IN_FILE, c, RUN);
    if (number == FL_NO_ITEM) number = take_fresh_run(mine, c);
    if (number == FL_NO_ITEM) number = take_over(mine, IN_FILE, c, 1);
    return number == FL_NO_ITEM ? take_from_memory(mine, c) : number;
}

void fl_item_give(int c, uint32_t number) {
    int where = number < fl_box.classes[c].file_count ? IN_FILE : IN_MEMORY;
    put_in_front(own_shard(), where, c, number, number, 1);
}
