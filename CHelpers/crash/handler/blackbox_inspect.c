/* SPDX-License-Identifier: Apache-2.0
 *
 * What a box says of its run: identity, facts, crash note, live scopes. */
#include "uninstrumented_begin.h"

#include "blackbox_view.h"

fl_box_view fl_as_live_box;
bool fl_as_has_callbacks;

fl_box_view fl_as_box_live(void) {
    const uint8_t *base = __atomic_load_n(&fl_as_live_box.base, __ATOMIC_ACQUIRE);
    return (fl_box_view){base, base ? fl_as_live_box.size : 0};
}

void fl_as_box_note(const fl_box_crash_note *note) {
    fl_box_view view = fl_as_box_live();
    if (!view.base) return;
    /* The live view is our own memory: the constness is the readers'. */
    fl_box_crash_note *place = &((fl_box_header *)(uintptr_t)view.base)->note, without_signal = *note;
    without_signal.signal = 0;
    *place = without_signal;
    __atomic_store_n(&place->signal, note->signal, __ATOMIC_RELEASE);
}

/* Where the facts lie in the view; false: there are none. */
static bool find_facts(fl_box_view view, uint64_t *offset, uint32_t *length) {
    uint32_t page;
    if (view.size < FL_BOX_HEADER_SIZE) return false;
    if (!fl_as_view_load32(view, offsetof(fl_box_header, facts_page), &page)) return false;
    if (page != FL_BOX_FACTS_PAGE && page != FL_BOX_FACTS_PAGE + 1) return false;
    uint64_t facts = (uint64_t)page * FL_BOX_PAGE;
    *offset = facts + offsetof(fl_box_facts, text);
    return fl_as_view_load32(view, facts + offsetof(fl_box_facts, length), length) && *length &&
           *length <= FL_FACTS_MAX;
}

bool fl_as_put_facts(fl_as_buffer *out) {
    fl_box_view view = fl_as_box_live();
    uint64_t offset;
    uint32_t length;
    if (!find_facts(view, &offset, &length)) return false;
    fl_as_put(out, ",", 1);
    return fl_as_view_put(view, offset, length, out);
}

/* Likewise the session. */
static bool find_session(fl_box_view view, uint64_t *offset, uint32_t *length) {
    uint64_t page = (uint64_t)FL_BOX_SESSION_PAGE * FL_BOX_PAGE;
    uint32_t whole;
    if (view.size < FL_BOX_HEADER_SIZE || !fl_as_view_load32(view, page, &whole)) return false;
    if (whole != 1 && whole != 2) return false;
    *offset = page + offsetof(fl_box_session, text) + (uint64_t)(whole - 1) * FL_SESSION_MAX;
    return fl_as_view_load32(view, page + offsetof(fl_box_session, length) + (whole - 1) * sizeof(uint32_t), length) &&
           *length && *length <= FL_SESSION_MAX;
}

bool fl_as_put_session(fl_as_buffer *out) {
    fl_box_view view = fl_as_box_live();
    const uint64_t writes = (uint64_t)FL_BOX_SESSION_PAGE * FL_BOX_PAGE + offsetof(fl_box_session, writes);
    uint8_t *mark = out->at;
    for (int attempt = 0; attempt < 3; attempt++) {
        uint64_t offset;
        uint32_t length, before, after;
        if (!fl_as_view_load32(view, writes, &before) || !find_session(view, &offset, &length)) return false;
        fl_as_put_literal(out, ",\"faultline_session\":");
        if (!fl_as_view_put(view, offset, length, out)) break;
        /* The next write goes into the other text, the one after it into ours. */
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (fl_as_view_load32(view, writes, &after) && after - before < 2) return true;
        out->at = mark;
    }
    out->at = mark;
    return false;
}

static void copy_note(const fl_box_crash_note *note, fl_box_info *info) {
    if (!note->signal) return;
    info->signal = note->signal;
    info->code = note->code;
    info->fault_address = note->fault_address;
    info->program_counter = note->program_counter;
    info->crash_realtime = note->realtime;
    info->thread_id = note->thread_id;
    memcpy(info->event_id, note->event_id, sizeof info->event_id - 1);
    info->isolation = note->isolation;
    info->current = note->current;
}

enum fl_box_verdict fl_box_inspect(fl_box_view view, fl_box_info *info) {
    fl_box_header header;
    char magic[8];
    memset(info, 0, sizeof *info);
    if (!view.base || !fl_as_view_copy(view, 0, magic, sizeof magic) || memcmp(magic, FL_BOX_MAGIC, sizeof magic) != 0)
        return FL_BOX_NOT_A_BOX;
    if (!fl_as_view_header(view, &header)) return FL_BOX_TRUNCATED;
    info->version = header.version;
    if (header.version != FL_BOX_VERSION) return FL_BOX_OTHER_VERSION;
    if (header.architecture != FL_BOX_ARCHITECTURE) return FL_BOX_OTHER_ARCHITECTURE;
    if (header.header_size != FL_BOX_HEADER_SIZE || header.file_size < FL_BOX_HEADER_SIZE) return FL_BOX_NOT_A_BOX;
    if (header.file_size > view.size) return FL_BOX_TRUNCATED;
    info->process_id = header.process_id;
    info->started_realtime = header.started_realtime;
    info->started_monotonic = header.started_monotonic;
    info->process_start_ticks = header.process_start_ticks;
    info->pid_namespace = header.pid_namespace;
    memcpy(info->boot_id, header.boot_id, sizeof info->boot_id - 1);
    info->ended = header.ended != 0;
    info->beyond_file = header.beyond_file;
    info->lost = header.lost;
    info->has_callbacks = header.has_callbacks != 0;
    copy_note(&header.note, info);
    uint64_t offset;
    uint32_t length;
    if (find_session(view, &offset, &length)) {
        info->session = view.base + offset;
        info->session_length = length;
    }
    if (find_facts(view, &offset, &length)) {
        info->facts = view.base + offset;
        info->facts_length = length;
    }
    return FL_BOX_OK;
}

/* The scope that lives in a slot, or FL_SCOPE_NONE. false: the slot lies beyond the view. */
static bool look_at_slot(fl_box_view view, const fl_box_class *slots, uint32_t number, fl_scope *scope, fl_slot *slot) {
    uint64_t offset;
    uint32_t generation;
    *scope = FL_SCOPE_NONE;
    if (!fl_as_slot_offset(slots, number, &offset) || !fl_as_view_load32(view, offset, &generation)) return false;
    if (!fl_as_view_copy(view, offset, slot, sizeof *slot)) return false;
    if (generation & 1) *scope = number | (fl_scope)generation << 32;
    return true;
}

size_t fl_box_live_scopes(fl_box_view view, fl_scope *out, size_t capacity, fl_scope *newest) {
    fl_box_header header;
    size_t count = 0;
    uint64_t last = 0;
    *newest = FL_SCOPE_NONE;
    if (!fl_as_view_header(view, &header)) return 0;
    const fl_box_class *slots = &header.classes[0];
    for (uint32_t number = 0; number < slots->all_count; number++) {
        fl_scope scope;
        fl_slot slot;
        if (!look_at_slot(view, slots, number, &scope, &slot)) {
            if (number >= slots->file_count) break;
            number = slots->file_count - 1; /* the file is cut short; the memory part may still be there */
            continue;
        }
        if (!scope) continue;
        if (count < capacity) out[count++] = scope;
        bool is_empty = !slot.head[FL_LOG_STATE] && !slot.head[FL_LOG_BREADCRUMBS];
        bool request = !is_empty && (slot.kind == FL_SCOPE_KIND_ISOLATION || slot.kind == FL_SCOPE_KIND_CURRENT);
        if (request && slot.changed >= last) {
            last = slot.changed;
            *newest = scope;
        }
    }
    return count;
}
#include "uninstrumented_end.h"
