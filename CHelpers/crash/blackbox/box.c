/* SPDX-License-Identifier: Apache-2.0
 *
 * The box's memory: reserved once, emptied in a forked child. */
#define _GNU_SOURCE
#include "box.h"
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

enum { FIXED_SLOTS = 3 };

fl_box_memory fl_box;
static bool ready;  /* released when the box is whole */
static bool forked; /* this process is a child that has not opened its box */

struct fl_slot_lock fl_slot_locks[FL_SLOT_LOCKS];

void fl_box_stop_writers(void) {
    for (uint32_t i = 0; i < FL_SLOT_LOCKS; i++) fl_slot_lock(i);
}

void fl_box_resume_writers(void) {
    for (uint32_t i = 0; i < FL_SLOT_LOCKS; i++) fl_slot_unlock(i);
}

void fl_box_count_lost(void) { __atomic_fetch_add(&fl_box_header_of(fl_box.base)->lost, 1, __ATOMIC_RELAXED); }

/* MARK: opening */

/* Most scopes hold a few tags and breadcrumbs: small chunks have the largest share, in hundredths. */
static void lay_out(void) {
    static const uint32_t shares[FL_BOX_CLASSES] = {8, 56, 28, 8};
    uint64_t file_at = FL_BOX_HEADER_SIZE, memory_at = fl_box.file_part;
    for (int c = 0; c < FL_BOX_CLASSES; c++) {
        uint32_t size = fl_item_size(c);
        uint64_t in_file = (fl_box.file_part - FL_BOX_HEADER_SIZE - FL_BOX_PAGE) * shares[c] / 100 / size;
        uint64_t in_memory = (fl_box.memory_part - FL_BOX_PAGE) * shares[c] / 100 / size; /* a page for rounding */
        fl_box.classes[c] = (fl_box_class){
            .size = size,
            .file_count = (uint32_t)in_file,
            .all_count = (uint32_t)(in_file + in_memory),
            .file_offset = file_at,
            .memory_offset = memory_at,
        };
        file_at += (in_file * size + FL_BOX_UNIT - 1) / FL_BOX_UNIT * FL_BOX_UNIT;
        memory_at += (in_memory * size + FL_BOX_UNIT - 1) / FL_BOX_UNIT * FL_BOX_UNIT;
    }
}

static void begin(void) {
    fl_box_header *header = fl_box_header_of(fl_box.base);
    header->version = FL_BOX_VERSION;
    header->header_size = FL_BOX_HEADER_SIZE;
    header->architecture = FL_BOX_ARCHITECTURE;
    header->file_size = fl_box.file_part;
    header->memory_size = fl_box.memory_part;
    header->max_breadcrumbs = FL_BREADCRUMBS_DEFAULT;
    memcpy(header->classes, fl_box.classes, sizeof header->classes);
    fl_box_identify(header);
    fl_items_reset(FIXED_SLOTS);
    fl_scopes_begin();
    memcpy(header->magic, FL_BOX_MAGIC, sizeof header->magic);
    fl_as_live_box.size = fl_box.file_part + fl_box.memory_part;
    __atomic_store_n(&fl_as_live_box.base, fl_box.base, __ATOMIC_RELEASE);
    forked = false;
    __atomic_store_n(&ready, true, __ATOMIC_RELEASE);
}

/* A forked child must not write into its parent's file: it gets empty memory there, in which no scope lives, and no
 * lock is held by a thread that it does not have. */
static void empty_in_child(void) {
    fl_scopes_forget();
    mmap(fl_box.base, fl_box.file_part + fl_box.memory_part, PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    memset(fl_slot_locks, 0, sizeof fl_slot_locks);
    fl_box.lock = 0;
    fl_box.in_file = false;
    fl_as_guard_end(fl_box.base);
    ready = false;
    forked = true;
}

static bool reserve(size_t file_part, size_t memory_part) {
    size_t size = file_part + memory_part;
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return false;
#ifdef MADV_NOHUGEPAGE
    madvise(base, size, MADV_NOHUGEPAGE); /* a few bytes of each class are used: 2 MiB for each would be dear */
#endif
    fl_box.base = base;
    fl_box.file_part = file_part;
    fl_box.memory_part = memory_part;
    lay_out();
    pthread_atfork(NULL, NULL, empty_in_child);
    return true;
}

bool fl_box_open_sized(size_t file_part, size_t memory_part) {
    if (__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) return true;
    fl_lock(&fl_box.lock);
    if (!ready && (fl_box.base || reserve(file_part, memory_part))) begin();
    bool is_ready = ready;
    fl_unlock(&fl_box.lock);
    return is_ready;
}

bool fl_box_open(void) {
    if (__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) return true;
    /* As much as the limits of the process allow (RLIMIT_AS, overcommit). MiB. */
    static const uint8_t file_parts[] = {16, 16, 4, 1}, memory_parts[] = {240, 16, 4, 1};
    for (size_t i = 0; i < sizeof file_parts; i++)
        if (fl_box_open_sized((size_t)file_parts[i] << 20, (size_t)memory_parts[i] << 20)) return true;
    return false;
}

bool fl_box_is_ready(void) {
    if (__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) return true;
    return !forked && fl_box_open();
}

/* MARK: settings */

void fl_box_set_max_breadcrumbs(uint32_t count) {
    if (!fl_box_open()) return;
    if (count > FL_BREADCRUMBS_MAX) count = FL_BREADCRUMBS_MAX;
    fl_lock(&fl_box.lock);
    __atomic_store_n(&fl_box_header_of(fl_box.base)->max_breadcrumbs, count, __ATOMIC_RELAXED);
    fl_unlock(&fl_box.lock);
}

/* Into the page that is not in use: the old facts are whole until the new ones are. */
bool fl_box_set_facts(const uint8_t *json_members, size_t length) {
    if (length > FL_FACTS_MAX || !fl_box_open()) return false;
    fl_lock(&fl_box.lock);
    fl_box_header *header = fl_box_header_of(fl_box.base);
    uint32_t page = header->facts_page == FL_BOX_FACTS_PAGE ? FL_BOX_FACTS_PAGE + 1 : FL_BOX_FACTS_PAGE;
    fl_box_facts *facts = (fl_box_facts *)(void *)(fl_box.base + (size_t)page * FL_BOX_PAGE);
    facts->length = (uint32_t)length;
    if (length) memcpy(facts->text, json_members, length);
    __atomic_store_n(&header->facts_page, page, __ATOMIC_RELEASE);
    fl_unlock(&fl_box.lock);
    return true;
}

bool fl_box_set_session(const uint8_t *json, size_t length) {
    if (length > FL_SESSION_MAX || !fl_box_is_ready()) return false;
    fl_lock(&fl_box.lock);
    fl_box_session *session = (fl_box_session *)(void *)(fl_box.base + (size_t)FL_BOX_SESSION_PAGE * FL_BOX_PAGE);
    uint32_t writes = session->writes + 1, next = (writes & 1) + 1;
    /* Told before a byte of the text changes: a reader that was at the same text throws it away. */
    __atomic_store_n(&session->writes, writes, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    session->length[next - 1] = (uint32_t)length;
    if (length) memcpy(session->text[next - 1], json, length);
    __atomic_store_n(&session->whole, length ? next : 0, __ATOMIC_RELEASE);
    fl_unlock(&fl_box.lock);
    return true;
}

void fl_box_set_has_callbacks(bool has_callbacks) {
    if (!fl_box_open()) return;
    fl_lock(&fl_box.lock);
    __atomic_store_n(&fl_box_header_of(fl_box.base)->has_callbacks, has_callbacks, __ATOMIC_RELEASE);
    __atomic_store_n(&fl_as_has_callbacks, has_callbacks, __ATOMIC_RELEASE);
    fl_unlock(&fl_box.lock);
}

void fl_box_mark_ended(void) {
    if (!fl_box_is_ready()) return;
    fl_lock(&fl_box.lock);
    __atomic_store_n(&fl_box_header_of(fl_box.base)->ended, 1, __ATOMIC_RELEASE);
    fl_unlock(&fl_box.lock);
}
