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

void fl_as_chain_walk(fl_box_view view, fl_link head, uint32_t enough, fl_as_chain *chain) {
    uint32_t first = 0;
    chain->count = chain->records = chain->added = 0;
    chain->whole = true;
    for (fl_link link = head, previous; link && chain->count < FL_LOG_LINKS_MAX; link = previous) {
        chain->whole = false;
        if (!fl_as_link_holds(view, link)) return;
        if (!fl_as_view_load64(view, fl_link_offset(link) + offsetof(fl_chunk, previous), &previous)) return;
        uint32_t records = enough == UINT32_MAX ? 0 : count_records(view, link);
        if (!chain->count && !fl_as_view_load32(view, fl_link_offset(link) + offsetof(fl_chunk, first), &first)) return;
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
            if (out->at[-1] != '[') fl_as_put(out, ",", 1);
            fl_as_view_put(view, payload, record.length, out);
        }
        if (!fl_as_link_still_holds(view, chain->links[i])) {
            *out = before;
            good = false;
        }
    }
    return good;
}
#include "uninstrumented_end.h"
