/* SPDX-License-Identifier: Apache-2.0
 *
 * The only places that read a box: each checks its bounds, and none is believed. No lock; a view may change meanwhile.
 * Everything is static inline and leaves no state. */
#pragma once
#include "blackbox_format.h"
#include <string.h>

static inline bool fl_as_view_holds(fl_box_view view, uint64_t offset, uint64_t length) {
    return offset <= view.size && length <= view.size - offset;
}

static inline bool fl_as_view_load32(fl_box_view view, uint64_t offset, uint32_t *value) {
    if (offset % 4 || !fl_as_view_holds(view, offset, 4)) return false;
    *value = __atomic_load_n((const uint32_t *)(const void *)(view.base + offset), __ATOMIC_ACQUIRE);
    return true;
}

static inline bool fl_as_view_load64(fl_box_view view, uint64_t offset, uint64_t *value) {
    if (offset % 8 || !fl_as_view_holds(view, offset, 8)) return false;
    *value = __atomic_load_n((const uint64_t *)(const void *)(view.base + offset), __ATOMIC_ACQUIRE);
    return true;
}

static inline bool fl_as_view_copy(fl_box_view view, uint64_t offset, void *to, size_t length) {
    if (!fl_as_view_holds(view, offset, length)) return false;
    memcpy(to, view.base + offset, length);
    return true;
}

static inline bool fl_as_view_put(fl_box_view view, uint64_t offset, size_t length, fl_as_buffer *out) {
    if (!fl_as_view_holds(view, offset, length)) return false;
    fl_as_put(out, view.base + offset, length);
    return true;
}

/* The header's fixed fields. false: too small to have any, or not aligned as every mapping is. */
static inline bool fl_as_view_header(fl_box_view view, fl_box_header *header) {
    return view.base && (uintptr_t)view.base % 8 == 0 && view.size >= FL_BOX_HEADER_SIZE &&
           fl_as_view_copy(view, 0, header, sizeof *header);
}

/* Where a slot would lie; the caller's loads check the bounds. false: there is no such number. */
static inline bool fl_as_slot_offset(const fl_box_class *slots, uint32_t number, uint64_t *offset) {
    if (number >= slots->all_count) return false;
    *offset = number < slots->file_count
                  ? slots->file_offset + (uint64_t)number * sizeof(fl_slot)
                  : slots->memory_offset + (uint64_t)(number - slots->file_count) * sizeof(fl_slot);
    return true;
}

/* The head of a scope's log. It is the scope's own only if the slot is still the scope's after the load. */
static inline bool fl_as_scope_head(fl_box_view view, const fl_box_class *slots, fl_scope scope, int log,
                                    fl_link *head) {
    uint64_t offset;
    uint32_t generation = (uint32_t)(scope >> 32), before, after;
    if (!(generation & 1) || !fl_as_slot_offset(slots, (uint32_t)scope, &offset)) return false;
    if (!fl_as_view_load32(view, offset + offsetof(fl_slot, generation), &before) || before != generation) return false;
    if (!fl_as_view_load64(view, offset + offsetof(fl_slot, head) + (uint64_t)log * sizeof(fl_link), head))
        return false;
    return fl_as_view_load32(view, offset + offsetof(fl_slot, generation), &after) && after == generation;
}

/* Whether the link's chunk lies within the view and is in the life that the link names. */
static inline bool fl_as_link_holds(fl_box_view view, fl_link link) {
    uint64_t offset = fl_link_offset(link);
    uint32_t used = fl_link_used(link), generation;
    return offset && used >= sizeof(fl_chunk) && used <= FL_CHUNK_MAX && fl_as_view_holds(view, offset, used) &&
           fl_as_view_load32(view, offset + offsetof(fl_chunk, generation), &generation) &&
           (generation & 0xffffff) == fl_link_generation(link);
}

/* The same after bytes of it were copied: orders their loads before the look at the generation. */
static inline bool fl_as_link_still_holds(fl_box_view view, fl_link link) {
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return fl_as_link_holds(view, link);
}
