/* SPDX-License-Identifier: Apache-2.0
 *
 * The two calls into Swift's runtime. Weak: C tests and plain C programs link without it.
 *
 * swift_task_localValueGet is the lookup of `TaskLocal.get`, less the retain (stdlib/public/Concurrency/TaskLocal.swift
 * of swiftlang/swift). swift_task_getCurrent reads the same thread-local as it (Task.cpp), and nothing else. */
#include "uninstrumented_begin.h"

#include "checked_load.h"
#include "swift_task.h"

#if __has_attribute(swiftcall)
#define FL_SWIFTCALL __attribute__((swiftcall))
#else
#define FL_SWIFTCALL /* one pointer in, one out: C's way on x86-64 and aarch64 too */
#endif
#ifdef __APPLE__
#define FL_WEAK __attribute__((weak_import))
#else
#define FL_WEAK __attribute__((weak))
#endif

extern FL_SWIFTCALL void *swift_task_localValueGet(const void *key) FL_WEAK;

/* Called by its address, which the loader has put in place before any of our code ran. A plain call goes by way of the
 * PLT, and where the program is not linked with -z now the first one has the loader look the name up: in the handler,
 * on a thread whose crash comes before any scope was asked for. */
const void *fl_as_task_local(const void *key) {
    __typeof__(&swift_task_localValueGet) look_up = swift_task_localValueGet;
    __asm__("" : "+r"(look_up)); /* else the compiler makes a plain call of it */
    return key && look_up ? look_up(key) : NULL;
}

#ifdef __linux__
extern FL_SWIFTCALL void *swift_task_getCurrent(void) FL_WEAK;
/* Changes when what debuggers read of a task does (include/swift/Runtime/Debug.h). */
extern const uint32_t _swift_concurrency_debug_internal_layout_version FL_WEAK;

/* struct AsyncTask of 64-bit targets, layout version 1 (include/swift/ABI/Task.h, TaskStatus.h and
 * stdlib/public/Concurrency/TaskPrivate.h): a job's flags and id, and the list of status records. */
enum { FLAGS_AT = 32, RECORD_AT = 104, RECORDS_MAX = 32, TASK_NAME = 6 };

static void find_name(uint64_t task, fl_as_task *out) {
    uint64_t record, flags, name;
    if (!fl_as_load(task + RECORD_AT, &record)) return;
    for (int i = 0; i < RECORDS_MAX && record && !(record & 7); i++) {
        if (!fl_as_load(record, &flags)) return;
        if ((flags & 0xff) == TASK_NAME) {
            if (fl_as_load(record + 16, &name) && name)
                out->name_length = fl_as_load_string(name, out->name, sizeof out->name);
            return;
        }
        if (!fl_as_load(record + 8, &record)) return;
    }
}

bool fl_as_find_task(fl_as_task *out) {
    uint64_t word;
    *out = (fl_as_task){0};
    __typeof__(&swift_task_getCurrent) current = swift_task_getCurrent;
    __asm__("" : "+r"(current)); /* by its address, too */
    uint64_t task = current ? (uint64_t)(uintptr_t)current() : 0;
    if (!task || !fl_as_load(task + FLAGS_AT, &word)) return false;
    out->id = (uint32_t)(word >> 32);
    if (&_swift_concurrency_debug_internal_layout_version && _swift_concurrency_debug_internal_layout_version == 1)
        find_name(task, out);
    return true;
}
#endif
#include "uninstrumented_end.h"
