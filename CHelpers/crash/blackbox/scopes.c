/* SPDX-License-Identifier: Apache-2.0
 *
 * Lives of scopes: fork, free, clear. A scope is its slot. */
#include "scopes.h"
#include <string.h>
#include <time.h>

/* A slot's first life begins above this. Even. */
static uint32_t first_generation, highest_generation;

uint64_t fl_scope_clock(void) {
#ifdef CLOCK_MONOTONIC_COARSE
    const clockid_t clock = CLOCK_MONOTONIC_COARSE;
#else
    const clockid_t clock = CLOCK_MONOTONIC;
#endif
    struct timespec now = {0, 0};
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

fl_slot *fl_scope_lock(fl_scope scope) {
    uint32_t number = (uint32_t)scope, generation = (uint32_t)(scope >> 32);
    if (!fl_box_is_ready() || !(generation & 1) || number >= fl_box.classes[0].all_count) return NULL;
    fl_slot *slot = fl_item(0, number);
    fl_slot_lock(number);
    if (slot->generation == generation) return slot;
    fl_slot_unlock(number);
    return NULL;
}

/* MARK: the fixed ones */

static void begin_fixed(fl_scope scope, enum fl_scope_kind kind) {
    fl_slot *slot = fl_item(0, (uint32_t)scope);
    slot->kind = kind;
    slot->parent = UINT32_MAX;
    slot->created = slot->changed = fl_scope_clock();
    __atomic_store_n(&slot->generation, (uint32_t)(scope >> 32), __ATOMIC_RELEASE);
}

void fl_scopes_begin(void) {
    begin_fixed(FL_SCOPE_GLOBAL, FL_SCOPE_KIND_GLOBAL);
    begin_fixed(FL_SCOPE_ROOT, FL_SCOPE_KIND_ISOLATION);
    begin_fixed(FL_SCOPE_BLOCK, FL_SCOPE_KIND_CURRENT);
}

/* Each slot is zero again: without this, a handle of the parent's would name the child's scope of the same number. */
void fl_scopes_forget(void) { first_generation = (highest_generation + 1) & ~1u; }

/* MARK: fork and free */

static void note_highest(uint32_t generation) {
    uint32_t highest = __atomic_load_n(&highest_generation, __ATOMIC_RELAXED);
    while (generation > highest && !__atomic_compare_exchange_n(&highest_generation, &highest, generation, true,
                                                                __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
}

/* With the parent's lock held, or, without a parent, that of slot 0: the box must not move meanwhile. */
static fl_scope begin_life(const fl_slot *parent, uint32_t parent_number, enum fl_scope_kind kind) {
    uint32_t number = fl_item_take(0);
    if (number == FL_NO_ITEM) {
        fl_box_count_lost();
        return FL_SCOPE_NONE;
    }
    fl_slot *slot = fl_item(0, number);
    uint32_t generation = (slot->generation < first_generation ? first_generation : slot->generation) + 1;
    slot->kind = kind;
    slot->parent = parent_number;
    slot->created = slot->changed = fl_scope_clock();
    slot->refused = parent ? parent->refused : 0;
    for (int log = 0; log < FL_LOGS; log++) {
        slot->owns[log] = 0;
        slot->head[log] = parent ? parent->head[log] : 0;
        fl_chunk_retain(slot->head[log]);
    }
    __atomic_store_n(&slot->generation, generation, __ATOMIC_RELEASE); /* live */
    note_highest(generation);
    return number | (fl_scope)generation << 32;
}

fl_scope fl_scope_fork(fl_scope parent, enum fl_scope_kind kind) {
    if (!fl_box_is_ready()) return FL_SCOPE_NONE;
    const fl_slot *slot = parent ? fl_scope_lock(parent) : NULL;
    if (parent && !slot) return FL_SCOPE_NONE;
    uint32_t number = (uint32_t)parent;
    if (!parent) fl_slot_lock(number);
    fl_scope scope = begin_life(slot, parent ? number : UINT32_MAX, kind);
    fl_slot_unlock(number);
    return scope;
}

void fl_scope_free(fl_scope scope) {
    if (scope == FL_SCOPE_GLOBAL || scope == FL_SCOPE_ROOT || scope == FL_SCOPE_BLOCK) return;
    fl_slot *slot = fl_scope_lock(scope);
    if (!slot) return;
    __atomic_store_n(&slot->generation, slot->generation + 1, __ATOMIC_RELEASE); /* dead before its chunks are */
    for (int log = 0; log < FL_LOGS; log++) fl_chunk_release(slot->head[log]);
    fl_item_give(0, (uint32_t)scope);
    fl_slot_unlock((uint32_t)scope);
}

static void clear(fl_scope scope, int first_log) {
    fl_slot *slot = fl_scope_lock(scope);
    if (!slot) return;
    for (int log = first_log; log < FL_LOGS; log++) {
        fl_link old = slot->head[log];
        __atomic_store_n(&slot->head[log], 0, __ATOMIC_RELEASE);
        slot->owns[log] = 0;
        fl_chunk_release(old);
    }
    slot->refused = 0;
    __atomic_store_n(&slot->changed, fl_scope_clock(), __ATOMIC_RELAXED);
    fl_slot_unlock((uint32_t)scope);
}

void fl_scope_clear_breadcrumbs(fl_scope scope) { clear(scope, FL_LOG_BREADCRUMBS); }
void fl_scope_clear(fl_scope scope) { clear(scope, FL_LOG_STATE); }
