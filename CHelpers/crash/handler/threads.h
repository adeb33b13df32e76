/* SPDX-License-Identifier: Apache-2.0
 *
 * The other threads of the process: found, stopped, and read by the reporting thread. Each is asked by signal 33 to
 * store a pointer to its own ucontext and to wait; nothing of its stack moves from then on.
 *
 * Owner: static memory, untouched until a crash. Writers: a slot's own thread, between ANSWERING and ANSWERED; else the
 * reporting thread. Stopped threads are let go only for a handler that was there before us and waits for
 * one of them: what they do next could change how the process ends.
 * Units: nanoseconds of CLOCK_MONOTONIC. */
#pragma once
#ifdef __linux__
#include "crash_state.h"
#include "faultline_crash.h"
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

enum {
    FL_THREADS_MAX = 4096,
    /* glibc refuses to block 32 and 33, and uses 33 for setuid() alone (nptl/setxid.h): everything else is blocked by
     * some thread of a Swift program, for libdispatch blocks all it can. */
    FL_STOP_SIGNAL = 33,
};
#define FL_THREADS_NANOSECONDS 500000000u /* for the whole stage */

enum fl_as_thread_state {
    FL_THREAD_ASKED = 1,
    FL_THREAD_ANSWERING,
    FL_THREAD_ANSWERED, /* `context` is where it stands */
    FL_THREAD_SILENT,   /* asleep in the kernel; stack pointer and program counter are known from /proc */
    FL_THREAD_GONE,
};

typedef struct {
    int32_t id;
    uint32_t state; /* enum fl_as_thread_state; changed by compare-and-swap from ASKED */
    const ucontext_t *context;
    uint64_t stack_pointer, program_counter; /* of a silent one */
    int64_t system_call;                     /* that it sleeps in; -1: none, or unknown */
    char name[16];
} fl_as_thread;

/* Threads known without /proc: each puts its id here when it begins, and takes it away when it ends. 0: free. */
extern int32_t fl_as_thread_ids[FL_THREADS_MAX];

typedef struct {
    fl_as_thread thread[FL_THREADS_MAX];
    uint32_t count;
    uint32_t left_out; /* there were more than fit */
} fl_as_thread_list;
extern fl_as_thread_list fl_as_threads;

/* Takes signal 33: first, for it is the watchdog's too. */
void fl_as_prepare_to_stop(void);
/* Stops all threads but the caller's, until none is new or `until` has come. `meanwhile` is called once, while the
 * first of them wake up: that takes longer than to ask them. */
void fl_as_stop_threads(uint64_t until, void (*meanwhile)(void));
/* Lets them go on, and whoever answers later. Their contexts are not to be read any more. */
void fl_as_release_threads(void);
/* Marks a thread that never will answer, SILENT where it is asleep, or GONE. */
void fl_as_look_at_silent(fl_as_thread *thread);
/* Adds the ids that are not in the list yet; how many. */
uint32_t fl_as_list_threads(void);
/* All that is known of one of the list, in at most FL_THREAD_ROOM bytes; false: it is gone, and nothing was put. */
enum { FL_THREAD_ROOM = 16 * 1024 }; /* 250 addresses, a name, a state */
bool fl_as_put_thread(fl_as_buffer *out, uint32_t number, bool with_stack);
#endif
