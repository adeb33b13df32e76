/* SPDX-License-Identifier: Apache-2.0 */
#include "uninstrumented_begin.h"

#include "blackbox_log.h"
#include "blackbox_view.h"

/* The record at `*at` (from the chunk's start), and `*at` moved behind it. false: no whole one before `used`. */
static bool next_record(fl_box_view view, fl_link link, uint32_t *at, fl_record *record, uint64_t *payload) {
    uint32_t used = fl_link_used(link);
    if (*at + sizeof *record > used) return false;
    if (!fl_as_view_copy(view, fl_link_offset(link) + *at, record, sizeof *record)) return false;
    if (record->length > used - *at - sizeof *record) return false;
    *payload = fl_link_offset(link) + *at + sizeof *record;
    *at += fl_record_size(record->length);
    return true;
}

static uint32_t count_records(fl_box_view view, fl_link link) {
    fl_record record;
    uint64_t payload;
    uint32_t at = sizeof(fl_chunk), count = 0;
    while (next_record(view, link, &at, &record, &payload)) count++;
    return count;
}

/* Of a chunk whose first record has the number `first`; the chunk after it begins with `next`. A whole one is as long
 * as the numbers say, which saves going through it; of a number that cannot be, nothing is believed. */
static uint32_t records_between(fl_box_view view, fl_link link, uint32_t first, uint32_t next) {
    return next - first <= fl_link_used(link) / sizeof(fl_record) ? next - first : count_records(view, link);
}

void fl_as_chain_walk(fl_box_view view, fl_link head, uint32_t enough, fl_as_chain *chain) {
    uint32_t first = 0, next = 0;
    chain->count = chain->records = chain->added = 0;
    chain->whole = true;
    for (fl_link link = head, previous; link && chain->count < FL_LOG_LINKS_MAX; link = previous) {
        chain->whole = false;
        if (!fl_as_link_holds(view, link)) return;
        if (!fl_as_view_load64(view, fl_link_offset(link) + offsetof(fl_chunk, previous), &previous)) return;
        uint32_t records = 0;
        if (enough != UINT32_MAX) {
            if (!fl_as_view_load32(view, fl_link_offset(link) + offsetof(fl_chunk, first), &first)) return;
            records = chain->count ? records_between(view, link, first, next) : count_records(view, link);
            next = first;
        }
        if (!fl_as_link_still_holds(view, link)) return;
        if (!chain->count) chain->added = first + records;
        chain->links[chain->count++] = link;
        chain->records += records;
        chain->whole = true;
        if (chain->records >= enough) return;
    }
}

bool fl_as_chain_copy(fl_box_view view, const fl_as_chain *chain, uint8_t *to, size_t capacity, size_t *length) {
    *length = 0;
    for (uint32_t i = chain->count; i-- > 0;) {
        fl_link link = chain->links[i];
        uint32_t bytes = fl_link_used(link) - (uint32_t)sizeof(fl_chunk);
        if (bytes > capacity - *length) return false;
        if (!fl_as_view_copy(view, fl_link_offset(link) + sizeof(fl_chunk), to + *length, bytes)) return false;
        if (!fl_as_link_still_holds(view, link)) return false;
        *length += bytes;
    }
    return true;
}

/* One more of a list. */
static inline void put_next(fl_box_view view, uint64_t payload, uint32_t length, fl_as_buffer *out) {
    if (out->full || (size_t)(out->end - out->at) <= length || !fl_as_view_holds(view, payload, length)) {
        out->full = true;
        return;
    }
    if (out->at[-1] != '[') *out->at++ = ',';
    memcpy(out->at, view.base + payload, length);
    out->at += length;
}

bool fl_as_chain_put_breadcrumbs(fl_box_view view, fl_as_chain *chain, uint32_t limit, fl_as_buffer *out) {
    uint32_t skip = chain->records > limit ? chain->records - limit : 0;
    bool good = chain->whole;
    chain->marked = false;
    for (uint32_t i = chain->count; i-- > 0;) {
        fl_as_buffer before = *out;
        fl_record record;
        uint64_t payload;
        uint32_t at = sizeof(fl_chunk);
        while (next_record(view, chain->links[i], &at, &record, &payload)) {
            if (skip) {
                skip--;
                continue;
            }
            if (record.kind != FL_RECORD_BREADCRUMB || !record.length) continue;
            if (record.flags & FL_RECORD_MARKED) chain->marked = true;
            put_next(view, payload, record.length, out);
        }
        if (!fl_as_link_still_holds(view, chain->links[i])) {
            *out = before;
            good = false;
        }
    }
    return good;
}
#include "uninstrumented_end.h"
