/* SPDX-License-Identifier: Apache-2.0
 *
 * Which threads there are: our own registry first; /proc only when the kernel counts more, for a thread that was made
 * by clone(2), or before us. */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "syscalls.h"
#include "threads.h"
#include <sys/stat.h>

int32_t fl_as_thread_ids[FL_THREADS_MAX];
fl_as_thread_list fl_as_threads;

/* Numbers of slots plus 1, by id; half full at most. */
static uint16_t by_id[2 * FL_THREADS_MAX];

/* Ids mostly follow one another: those of a group share a cache line, and few threads touch few pages. */
static uint32_t place_of(uint32_t id) {
    enum { GROUP = 32 };
    uint32_t group = id / GROUP * 2654435761u >> 16; /* Knuth's multiplicative hash */
    return (group * GROUP + id % GROUP) % (2 * FL_THREADS_MAX);
}

static uint32_t add(int32_t id) {
    fl_as_thread_list *list = &fl_as_threads;
    if (id <= 0 || id == fl_as_state.owner) return 0;
    uint32_t place = place_of((uint32_t)id);
    for (; by_id[place]; place = (place + 1) % (2 * FL_THREADS_MAX))
        if (list->thread[by_id[place] - 1].id == id) return 0;
    if (list->count == FL_THREADS_MAX) {
        list->left_out++;
        return 0;
    }
    list->thread[list->count] = (fl_as_thread){.id = id, .system_call = -1};
    by_id[place] = (uint16_t)++list->count;
    return 1;
}

static uint32_t add_registered(void) {
    uint32_t added = 0;
    for (uint32_t i = 0; i < FL_THREADS_MAX; i++) {
        int32_t id = __atomic_load_n(&fl_as_thread_ids[i], __ATOMIC_ACQUIRE);
        if (id) added += add(id);
    }
    return added;
}

/* The links of a directory are its subdirectories and two more; those of /proc/self/task are the threads. */
static uint32_t kernels_count(int directory) {
    struct stat status;
    if (directory < 0 || fl_as_status(directory, &status) != 0 || status.st_nlink < 2) return 0;
    return (uint32_t)status.st_nlink - 2;
}

/* A record of getdents64(2): inode, offset, length (16 bits), type, name. */
enum { LENGTH_AT = 16, NAME_AT = 19 };

static uint32_t add_entries(int directory) {
    static uint8_t entries[32 * 1024];
    uint32_t added = 0;
    long length;
    if (fl_as_rewind(directory) != 0) return 0;
    while ((length = fl_as_directory_entries(directory, entries, sizeof entries)) > 0) {
        for (long at = 0; at + NAME_AT < length;) {
            long size = entries[at + LENGTH_AT] | entries[at + LENGTH_AT + 1] << 8;
            int32_t id = 0;
            for (long i = at + NAME_AT; i < length && entries[i] >= '0' && entries[i] <= '9' && id < 100000000; i++)
                id = id * 10 + (entries[i] - '0');
            added += add(id);
            if (size <= NAME_AT) return added;
            at += size;
        }
    }
    return added;
}

uint32_t fl_as_list_threads(void) {
    uint32_t added = add_registered(), known = fl_as_threads.left_out + 1;
    /* Ids that were left in the registry must not stand for threads that nobody knows. */
    for (uint32_t i = 0; i < fl_as_threads.count; i++) known += fl_as_threads.thread[i].state != FL_THREAD_GONE;
    if (kernels_count(fl_as_state.tasks) > known) added += add_entries(fl_as_state.tasks);
    return added;
}
#include "uninstrumented_end.h"
#endif
