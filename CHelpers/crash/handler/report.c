/* SPDX-License-Identifier: Apache-2.0
 *
 * The report, stage by stage, on the reporter's stack. A stage that faults, or that the watchdog ends, is lost; the
 * others go on. With the first part of the file the report is whole; the second part adds the other threads. */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "attempt.h"
#include "checked_load.h"
#include "crash_file.h"
#include "crash_file_writer.h"
#include "crash_state.h"
#include "event.h"
#include "images.h"
#include "libunwind_functions.h"
#include "reason.h"
#include "signal_names.h"
#include "syscalls.h"
#include "threads.h"
#include "watchdog.h"
#include <string.h>
#include <time.h>

static fl_as_buffer out;
static const char *lost[8]; /* names of the stages that are, each once */
static uint32_t lost_count;

static void lose(const char *name) {
    for (uint32_t i = 0; i < lost_count; i++)
        if (lost[i] == name) return;
    if (lost_count < sizeof lost / sizeof *lost) lost[lost_count++] = name;
}

static bool stage(const char *name, void (*work)(void)) {
    if (fl_as_attempt(work)) return true;
    if (fl_as_watchdog_has_struck())
        fl_as_watchdog_start(FL_STAGE_NANOSECONDS, FL_AGAIN_NANOSECONDS); /* the others may still do */
    lose(name);
    return false;
}

/* MARK: facts */

/* The run's id is the parent's report's. FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) over it, the process and
 * the time: nothing random can be had here. */
static void name_childs_event(void) {
    uint64_t parts[2] = {(uint64_t)fl_as_state.process, fl_as_found.realtime}, hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof parts; i++) hash = (hash ^ ((const uint8_t *)parts)[i]) * 0x100000001b3u;
    for (size_t i = 0; i < sizeof fl_as_state.event_id - 1; i++) {
        hash = (hash ^ (uint8_t)fl_as_state.event_id[i]) * 0x100000001b3u;
        fl_as_state.event_id[i] = "0123456789abcdef"[hash >> 60];
    }
}

static void find_scopes(void) {
    fl_scope *scopes = fl_as_found.scopes;
    scopes[0] = FL_SCOPE_GLOBAL;
    scopes[1] = FL_SCOPE_ROOT;
    scopes[2] = FL_SCOPE_BLOCK;
    uint64_t isolation, current, value = (uint64_t)(uintptr_t)fl_as_task_local(fl_as_state.scopes_key);
    if (value && fl_as_load(value, &isolation) && fl_as_load(value + 8, &current)) {
        scopes[1] = isolation;
        scopes[2] = current;
    }
}

static void note_in_box(void) {
    bool has_address = fl_as_has_fault_address(fl_as_state.signal, fl_as_state.info);
    fl_box_crash_note note = {
        .signal = fl_as_state.signal,
        .code = fl_as_state.info->si_code,
        .fault_address = has_address ? (uint64_t)(uintptr_t)fl_as_state.info->si_addr : FL_NO_FAULT_ADDRESS,
        .program_counter = fl_as_found.registers.value[FL_REGISTER_PC],
        .realtime = fl_as_found.realtime,
        .thread_id = fl_as_state.owner,
        .isolation = fl_as_found.scopes[1],
        .current = fl_as_found.scopes[2],
    };
    memcpy(note.event_id, fl_as_state.event_id, sizeof fl_as_state.event_id);
    fl_as_box_note(&note);
}

static void find_task(void) { fl_as_find_task(&fl_as_found.task); }
static void walk(void) { fl_as_walk(&fl_as_found.registers, &fl_as_found.stack); }
static void follow_async(void) { fl_as_follow_async(&fl_as_found.stack, &fl_as_found.awaiting); }

/* MARK: the event */

static void put_beginning(void) { fl_as_put_beginning(&out); }
static void put_exception(void) { fl_as_put_exception(&out); }
static void put_crashed_thread(void) { fl_as_put_crashed_thread(&out); }
static void put_scopes(void) { fl_as_put_scopes(&out); }
static void put_session(void) { fl_as_put_session(&out); }
static void put_images(void) { fl_as_put_all_images(&out); }

static void flush(void) { fl_as_crash_file_flush(&out); }
static void end_part(void) { fl_as_crash_file_end_part(&out); }

/* A disk that does not answer (FUSE, NFS) is not asked again. */
static void write_by(void (*work)(void)) {
    if (!stage("writing", work)) fl_as_crash_file_give_up();
    out = fl_as_crash_file_buffer();
}

/* What a lost stage had put is taken back: half a member would spoil the rest. */
static void put(const char *name, void (*part)(void)) {
    uint8_t *mark = out.at;
    bool whole = stage(name, part);
    if (whole && out.full) lose(name);
    if (whole && !out.full) return;
    out.at = mark;
    out.full = false;
}

/* Written in one go, where it is not unusually large: 1,024 images of 400 bytes. */
enum { IMAGES_ROOM = 400 * 1024, END_ROOM = FL_CRASH_FILE_TRAILER_LENGTH + 1 };

static void write_event(void) {
    out = fl_as_crash_file_buffer();
    fl_as_crash_file_begin(&out);
    fl_as_put_envelope_header(&out);
    put("beginning", put_beginning);
    put("exception", put_exception);
    put("thread", put_crashed_thread);
    put("session", put_session);
    put("scopes", put_scopes);
    if (out.end - out.at < IMAGES_ROOM) write_by(flush);
    put("images", put_images);
    if (out.end - out.at < END_ROOM) write_by(flush);
    fl_as_put_literal(&out, "}");
    write_by(end_part);
}

/* MARK: the other threads */

enum { STACKS_BYTES_MAX = 3 * 1024 * 1024 }; /* past it threads go without their stacks */
static uint64_t threads_until;
static uint32_t thread_number;
static bool thread_with_stack, thread_was_put, stacks_hang;

static void stop_threads(void) { fl_as_stop_threads(threads_until, fl_as_crash_file_name); }
static void put_thread(void) { thread_was_put = fl_as_put_thread(&out, thread_number, thread_with_stack); }

/* One whose stack cannot be walked goes without; after the second walk that hangs all do. */
static void put_one_thread(bool comma, bool with_stack) {
    uint8_t *mark = out.at;
    thread_was_put = false;
    thread_with_stack = with_stack;
    if (comma) fl_as_put_literal(&out, ",");
    if (!stage("a thread's stack", put_thread)) {
        out.at = mark + comma;
        if (fl_as_watchdog_struck_again()) stacks_hang = true;
        thread_with_stack = false;
        stage("a thread", put_thread);
    }
    if (!thread_was_put) out.at = mark;
}

static void put_threads(void) {
    uint64_t written = 0;
    bool any = false, in_time = true;
    fl_as_cfi_forget();
    fl_as_put_literal(&out, ",\"threads\":[");
    for (thread_number = 0; thread_number < fl_as_threads.count; thread_number++) {
        if (out.end - out.at < FL_THREAD_ROOM) {
            written += (uint64_t)(out.at - out.start);
            write_by(flush);
        }
        if (thread_number % 16 == 0) in_time = fl_as_clock(CLOCK_MONOTONIC) < threads_until;
        put_one_thread(any, in_time && !stacks_hang && written < STACKS_BYTES_MAX);
        any = any || thread_was_put;
    }
    fl_as_put_literal(&out, "],\"threads_left_out\":");
    fl_as_put_unsigned(&out, fl_as_threads.left_out);
}

static void put_lost(void) {
    fl_as_put_literal(&out, ",\"lost\":[");
    for (uint32_t i = 0; i < lost_count; i++) {
        fl_as_put_literal(&out, i ? ",\"" : "\"");
        fl_as_put_literal(&out, lost[i]);
        fl_as_put_literal(&out, "\"");
    }
    fl_as_put_literal(&out, "]}");
}

/* They are stopped also where there is no file: nobody may end the process meanwhile. */
static void write_threads(void) {
    threads_until = fl_as_clock(CLOCK_MONOTONIC) + FL_THREADS_NANOSECONDS;
    stage("stopping threads", stop_threads);
    out = fl_as_crash_file_buffer();
    fl_as_put_literal(&out, "{\"process\":");
    fl_as_put_integer(&out, fl_as_state.process);
    put_threads();
    put_lost();
    write_by(end_part);
}

/* MARK: the last resort */

static void print_line(void) {
    const uint8_t *at = out.start;
    while (at < out.at) {
        long done = fl_as_write(2, at, (size_t)(out.at - at));
        if (done <= 0) return;
        at += done;
    }
}

/* The event once more, on standard error, without what could be private: breadcrumbs, user, contexts. */
static void put_tags(void) { fl_as_put_tags(&out); }
static void put_used_images(void) { fl_as_put_used_images(&out); }

static void write_line(void) {
    out = fl_as_crash_file_buffer();
    fl_as_put_literal(&out, "\n" FL_CRASH_LINE);
    put("beginning", put_beginning);
    put("exception", put_exception);
    put("thread", put_crashed_thread);
    put("tags", put_tags);
    put("images", put_used_images);
    fl_as_put_literal(&out, "}\n");
    stage("line", print_line);
}

/* A handler that somebody has put over ours, and that chains to us, may be used up by its call (SA_RESETHAND): a
 * checked read that faults would then end the process. A thread may also block these signals. */
static void take_faults(void) {
    fl_as_kernel_action ours = {
        .handler = (uint64_t)(uintptr_t)fl_as_handle_signal,
        .flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | (fl_as_state.restorer ? FL_SA_RESTORER : 0),
        .restorer = fl_as_state.restorer,
    };
    for (const fl_as_signal_name *fatal = fl_as_fatal_signals; fatal->number; fatal++)
        fl_as_set_action(fatal->number, &ours, NULL);
    fl_as_change_mask(SIG_UNBLOCK, fl_as_fatal_signal_bits() | fl_as_signal_bit(FL_STOP_SIGNAL));
}

void fl_as_report(void) {
    take_faults();
    fl_as_prepare_to_stop();
    fl_as_watchdog_start(FL_REPORT_NANOSECONDS, FL_AGAIN_NANOSECONDS);

    fl_as_found.realtime = fl_as_clock(CLOCK_REALTIME);
    if (fl_as_state.forked) name_childs_event();
    fl_as_registers_of(fl_as_state.context, &fl_as_found.registers);
    stage("scope", find_scopes);
    stage("task", find_task);
    stage("note", note_in_box);
    stage("late images", fl_as_find_late_images);
    if (!stage("stack", walk)) { /* whatever lock libunwind held is held for ever */
        fl_as_libunwind.space = NULL;
        stage("stack again", walk);
    }
    if (!stage("async callers", follow_async)) fl_as_found.awaiting.count = 0;
    if (fl_as_crash_file_open()) write_event();
    if (fl_as_state.line_on_stderr && !fl_as_crash_file_has_event()) write_line();
    write_threads();
}
#include "uninstrumented_end.h"
#endif
