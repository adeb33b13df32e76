/* SPDX-License-Identifier: Apache-2.0
 *
 * The one reader of scopes, for the handler, for capture and for recovery: copies a log while it may change, tries
 * again when it did, then merges what it has. No lock, no allocation, every loop bounded. */
#include "uninstrumented_begin.h"

#include "blackbox_log.h"
#include "blackbox_view.h"

enum { ATTEMPTS = 8, SCOPES_MAX = 8, TABLE = 2048 };

size_t fl_box_scratch_size(void) { return sizeof(fl_box_scratch); }

/* MARK: state */

/* Copies a scope's state log behind `*length` bytes of the scratch, where it holds still. After the last attempt, what
 * could be reached is taken: a dead run's file may lead into memory that died with it. */
static void copy_state(fl_box_view view, const fl_box_class *slots, fl_scope scope, fl_box_scratch *scratch,
                       size_t *length) {
    fl_as_chain chain = {.links = scratch->links};
    fl_link head;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        size_t copied;
        if (!fl_as_scope_head(view, slots, scope, FL_LOG_STATE, &head)) return;
        fl_as_chain_walk(view, head, UINT32_MAX, &chain);
        if (!chain.whole && attempt < ATTEMPTS) continue;
        if (fl_as_chain_copy(view, &chain, scratch->raw + *length, sizeof scratch->raw - *length, &copied)) {
            *length += copied;
            return;
        }
    }
}

static bool same_key(const fl_box_scratch *scratch, const fl_box_entry *a, const fl_box_entry *b) {
    return a->record.hash == b->record.hash && a->record.kind == b->record.kind &&
           a->record.key_length == b->record.key_length &&
           memcmp(scratch->raw + a->offset, scratch->raw + b->offset, a->record.key_length) == 0;
}

/* Into the table, over the one of the same key; the place is that of the first. A full table takes no more keys. */
static void add_entry(fl_box_scratch *scratch, const fl_box_entry *entry, uint32_t *count) {
    for (uint32_t place = entry->record.hash % TABLE;; place = (place + 1) % TABLE) {
        uint16_t number = scratch->table[place];
        if (number && !same_key(scratch, &scratch->entries[number - 1], entry)) continue;
        if (number) scratch->entries[number - 1] = *entry;
        else if (*count < sizeof scratch->entries / sizeof *scratch->entries) {
            scratch->entries[(*count)++] = *entry;
            scratch->table[place] = (uint16_t)*count;
        }
        return;
    }
}

/* The records that count, as entries. */
static uint32_t merge(fl_box_scratch *scratch, size_t length) {
    uint32_t count = 0;
    memset(scratch->table, 0, sizeof scratch->table);
    for (size_t at = 0; at + sizeof(fl_record) <= length;) {
        fl_box_entry entry = {.offset = (uint32_t)(at + sizeof(fl_record))};
        memcpy(&entry.record, scratch->raw + at, sizeof entry.record);
        if (entry.record.length > length - entry.offset || entry.record.key_length > entry.record.length) break;
        add_entry(scratch, &entry, &count);
        at += fl_record_size(entry.record.length);
    }
    return count;
}

/* Returns how many records were put. */
static uint32_t put_kind(const fl_box_scratch *scratch, uint32_t count, enum fl_record_kind kind, const char *name,
                         fl_box_summary *summary, fl_as_buffer *out) {
    uint32_t any = 0;
    bool keyed = kind <= FL_RECORD_EXTRA || kind == FL_RECORD_ATTACHMENT;
    for (uint32_t i = 0; i < count; i++) {
        const fl_box_entry *entry = &scratch->entries[i];
        if (entry->record.kind != kind || entry->record.flags & FL_RECORD_REMOVED || !entry->record.length) continue;
        if (!any) {
            fl_as_put_literal(out, ",\"");
            fl_as_put_literal(out, name);
            fl_as_put_literal(out, keyed ? "\":{" : "\":");
        } else if (keyed) fl_as_put(out, ",", 1);
        else break;
        fl_as_put(out, scratch->raw + entry->offset, entry->record.length);
        if (entry->record.flags & FL_RECORD_MARKED) summary->is_marked = true;
        any++;
    }
    if (any && keyed) fl_as_put(out, "}", 1);
    return any;
}

/* Whether no later record has its key. */
static bool is_last(const fl_box_scratch *scratch, const fl_box_entry *entry) {
    for (uint32_t place = entry->record.hash % TABLE; scratch->table[place]; place = (place + 1) % TABLE) {
        const fl_box_entry *last = &scratch->entries[scratch->table[place] - 1];
        if (same_key(scratch, last, entry)) return last->offset == entry->offset;
    }
    return false;
}

static void put_flag(const fl_box_scratch *scratch, const fl_box_entry *entry, fl_as_buffer *out) {
    const uint8_t *payload = scratch->raw + entry->offset;
    size_t key_length = entry->record.key_length;
    if (entry->record.length <= key_length) return;
    fl_as_put_literal(out, "{\"flag\":");
    fl_as_put(out, payload, key_length);
    fl_as_put_literal(out, ",\"result\"");
    fl_as_put(out, payload + key_length, entry->record.length - key_length);
    fl_as_put(out, "}", 1);
}

/* The next flag that counts from `at` on. */
static bool next_flag(const fl_box_scratch *scratch, size_t length, size_t *at, fl_box_entry *entry) {
    while (*at + sizeof(fl_record) <= length) {
        *entry = (fl_box_entry){.offset = (uint32_t)(*at + sizeof(fl_record))};
        memcpy(&entry->record, scratch->raw + *at, sizeof entry->record);
        if (entry->record.length > length - entry->offset || entry->record.key_length > entry->record.length)
            return false;
        *at += fl_record_size(entry->record.length);
        if (entry->record.kind == FL_RECORD_FLAG && !(entry->record.flags & FL_RECORD_REMOVED) &&
            is_last(scratch, entry))
            return true;
    }
    return false;
}

/* Among the contexts, which `out` ends with if there are any. The newest of all layers together. */
static void put_flags(const fl_box_scratch *scratch, size_t length, bool contexts, fl_as_buffer *out) {
    fl_box_entry entry;
    uint32_t count = 0, number = 0;
    for (size_t at = 0; next_flag(scratch, length, &at, &entry);) count++;
    bool any = false;
    for (size_t at = 0; !out->full && next_flag(scratch, length, &at, &entry);) {
        if (number++ + FL_FLAGS_MAX < count) continue;
        if (!any && contexts) out->at--;
        if (any) fl_as_put(out, ",", 1);
        else fl_as_put_literal(out, contexts ? ",\"flags\":{\"values\":[" : ",\"contexts\":{\"flags\":{\"values\":[");
        put_flag(scratch, &entry, out);
        any = true;
    }
    if (any) fl_as_put_literal(out, "]}}");
}

static void put_state(fl_box_view view, const fl_box_header *header, const fl_scope *scopes, size_t count,
                      uint32_t kinds, fl_box_scratch *scratch, fl_as_buffer *out, fl_box_summary *summary) {
    static const char names[FL_RECORD_BREADCRUMB][12] = {"",      "tags",        "contexts", "extra",      "user",
                                                         "level", "transaction", "request",  "fingerprint"};
    size_t length = 0;
    for (size_t i = 0; i < count; i++) copy_state(view, &header->classes[0], scopes[i], scratch, &length);
    uint32_t entries = merge(scratch, length);
    for (int kind = FL_RECORD_TAG; kind < FL_RECORD_BREADCRUMB; kind++) {
        uint32_t put = 0;
        if (kinds & FL_RECORD_BIT(kind))
            put = put_kind(scratch, entries, (enum fl_record_kind)kind, names[kind], summary, out);
        if (put) summary->kinds |= FL_RECORD_BIT(kind);
        if (kind == FL_RECORD_EXTRA) summary->extras = put;
        if (kind == FL_RECORD_CONTEXT && kinds & FL_RECORD_BIT(FL_RECORD_FLAG))
            put_flags(scratch, length, put > 0, out);
    }
    if (kinds & FL_RECORD_BIT(FL_RECORD_ATTACHMENT))
        put_kind(scratch, entries, FL_RECORD_ATTACHMENT, "attachments", summary, out);
    if (kinds & FL_RECORD_BIT(FL_RECORD_UNFINISHED))
        put_kind(scratch, entries, FL_RECORD_UNFINISHED, "unfinished", summary, out);
}

/* MARK: breadcrumbs */

/* Adds those that a scope never kept, because none are. */
static void add_refused(fl_box_view view, const fl_box_class *slots, fl_scope scope, uint32_t *added) {
    uint64_t offset;
    uint32_t refused;
    if (!fl_as_slot_offset(slots, (uint32_t)scope, &offset)) return;
    if (fl_as_view_load32(view, offset + offsetof(fl_slot, refused), &refused)) *added += refused;
}

/* How many breadcrumbs a scope has, counted up to `limit`; `*added` grows by all that it ever had. */
static uint32_t count_breadcrumbs(fl_box_view view, const fl_box_class *slots, fl_scope scope, uint32_t limit,
                                  fl_box_scratch *scratch, uint32_t *added) {
    fl_as_chain chain = {.links = scratch->links};
    fl_link head;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (!fl_as_scope_head(view, slots, scope, FL_LOG_BREADCRUMBS, &head)) return 0;
        fl_as_chain_walk(view, head, limit, &chain);
        if (chain.whole) break;
    }
    *added += chain.added;
    add_refused(view, slots, scope, added);
    return chain.records < limit ? chain.records : limit;
}

static void put_newest(fl_box_view view, const fl_box_class *slots, fl_scope scope, uint32_t limit,
                       fl_box_scratch *scratch, fl_as_buffer *out, fl_box_summary *summary) {
    fl_as_chain chain = {.links = scratch->links};
    fl_link head;
    fl_as_buffer before = *out;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (!fl_as_scope_head(view, slots, scope, FL_LOG_BREADCRUMBS, &head)) return;
        *out = before;
        fl_as_chain_walk(view, head, limit, &chain);
        bool good = fl_as_chain_put_breadcrumbs(view, &chain, limit, out);
        if (chain.marked) summary->is_marked = true;
        if (good) return;
    }
}

/* One scope's after the other's. Each may keep the limit: the oldest of the first ones go when it is passed together.
 */
static void put_breadcrumbs(fl_box_view view, const fl_box_header *header, const fl_scope *scopes, size_t count,
                            fl_box_scratch *scratch, fl_as_buffer *out, fl_box_summary *summary) {
    uint32_t left = header->max_breadcrumbs < FL_BREADCRUMBS_MAX ? header->max_breadcrumbs : FL_BREADCRUMBS_MAX;
    uint32_t share[SCOPES_MAX], all = 0;
    for (size_t i = count; i-- > 0;) {
        share[i] = count_breadcrumbs(view, &header->classes[0], scopes[i], left, scratch, &summary->breadcrumbs);
        left -= share[i];
        all += share[i];
    }
    summary->kept = all;
    if (!all) return;
    summary->kinds |= FL_RECORD_BIT(FL_RECORD_BREADCRUMB);
    fl_as_put_literal(out, ",\"breadcrumbs\":{\"values\":[");
    if (out->full) return;
    for (size_t i = 0; i < count; i++)
        if (share[i]) put_newest(view, &header->classes[0], scopes[i], share[i], scratch, out, summary);
    fl_as_put_literal(out, "]}");
}

bool fl_as_box_read(fl_box_view view, const fl_scope *scopes, size_t count, uint32_t kinds, fl_box_scratch *scratch,
                    fl_as_buffer *out, fl_box_summary *summary) {
    fl_as_buffer before = *out;
    fl_box_header header;
    fl_box_summary unasked;
    if (!summary) summary = &unasked;
    *summary = (fl_box_summary){0};
    if (!fl_as_view_header(view, &header)) return true;
    if (count > SCOPES_MAX) count = SCOPES_MAX;
    put_state(view, &header, scopes, count, kinds, scratch, out, summary);
    if (kinds & FL_RECORD_BIT(FL_RECORD_BREADCRUMB))
        put_breadcrumbs(view, &header, scopes, count, scratch, out, summary);
    if (!out->full) return true;
    *out = before;
    return false;
}
#include "uninstrumented_end.h"
