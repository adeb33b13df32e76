/* SPDX-License-Identifier: Apache-2.0
 *
 * The report, stage by stage, on the reporter's stack. A stage that faults, or that the watchdog ends, is lost; the
 * others go on. With the first part of the file the report is whole; the second part adds the other threads. */
#ifdef __linux__
#define _GNU_SOURCE
#include "attempt.h"
#include "checked_load.h"
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
static const char *lost[8]; /* names of the stages that are */
static uint32_t lost_count;

static void lose(const char *name) {
    if (lost_count < sizeof lost / sizeof *lost) lost[lost_count++] = name;
}

static bool stage(const char *name, void (*work)(void)) {
    if (fl_as_attempt(work)) return true;
    if (fl_as_watchdog_has_struck()) fl_as_watchdog_start(FL_STAGE_NANOSECONDS); /* the others may still do */
    lose(name);
    return false;
}

/* MARK: facts */

static void find_scopes(void) {
    fl_scope *scopes = fl_as_found.scopes;
    scopes[0] = FL_SCOPE_GLOBAL;
    scopes[1] = FL_SCOPE_ROOT;
    scopes[2] = FL_SCOPE_NONE;
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

static void walk(void) { fl_as_walk(&fl_as_found.registers, &fl_as_found.stack); }
static void follow_async(void) { fl_as_follow_async(&fl_as_found.stack, &fl_as_found.awaiting); }

/* MARK: the file */

static void put_beginning(void) { fl_as_put_beginning(&out); }
static void put_exception(void) { fl_as_put_exception(&out); }
static void put_crashed_thread(void) { fl_as_put_crashed_thread(&out); }
static void put_scopes(void) { fl_as_put_scopes(&out); }
static void put_images(void) { fl_as_put_images(&out); }

/* What a lost stage had put is taken back: half a member would spoil the rest. */
static void put(const char *name, void (*part)(void)) {
    bool whole = stage(name, part);
    if (whole && out.full) lose(name);
    if (!whole || out.full) out = fl_as_crash_file_buffer();
    fl_as_crash_file_flush(&out);
}

static void write_event(void) {
    out = fl_as_crash_file_buffer();
    fl_as_crash_file_begin();
    put("beginning", put_beginning);
    put("exception", put_exception);
    put("thread", put_crashed_thread);
    put("scopes", put_scopes);
    put("images", put_images);
    fl_as_put_literal(&out, "}");
    fl_as_crash_file_flush(&out);
    fl_as_crash_file_end_part();
}

/* MARK: the other threads */

static uint64_t threads_until;

static void stop_threads(void) { fl_as_stop_threads(threads_until); }
static void put_threads(void) { fl_as_put_threads(&out, fl_as_crash_file_flush, threads_until); }

/* A stage that is lost in here leaves a part without its trailer, which nobody reads. */
static void write_threads(void) {
    threads_until = fl_as_clock(CLOCK_MONOTONIC) + FL_THREADS_NANOSECONDS;
    stage("stopping threads", stop_threads);
    out = fl_as_crash_file_buffer();
    fl_as_put_literal(&out, "{\"lost\":[");
    for (uint32_t i = 0; i < lost_count; i++) {
        fl_as_put_literal(&out, i ? ",\"" : "\"");
        fl_as_put_literal(&out, lost[i]);
        fl_as_put_literal(&out, "\"");
    }
    fl_as_put_literal(&out, "],\"process\":");
    fl_as_put_integer(&out, fl_as_state.process);
    if (!stage("threads", put_threads)) return;
    fl_as_put_literal(&out, "}");
    fl_as_crash_file_flush(&out);
    fl_as_crash_file_end_part();
}

/* A handler that somebody has put over ours, and that chains to us, may be used up by its call (SA_RESETHAND): a
 * checked read that faults would then end the process. A thread may also block these signals. */
static void take_faults(void) {
    fl_as_kernel_action ours = {
        .handler = (uint64_t)(uintptr_t)fl_as_handle_signal,
        .flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | FL_SA_RESTORER,
        .restorer = fl_as_state.restorer,
    };
    for (const fl_as_signal_name *fatal = fl_as_fatal_signals; fl_as_state.restorer && fatal->number; fatal++)
        fl_as_set_action(fatal->number, &ours, NULL);
    fl_as_change_mask(SIG_UNBLOCK, fl_as_fatal_signal_bits() | fl_as_signal_bit(FL_STOP_SIGNAL));
}

void fl_as_report(void) {
    take_faults();
    fl_as_prepare_to_stop();
    fl_as_watchdog_start(FL_REPORT_NANOSECONDS);

    fl_as_found.realtime = fl_as_clock(CLOCK_REALTIME);
    fl_as_registers_of(fl_as_state.context, &fl_as_found.registers);
    stage("scope", find_scopes);
    stage("note", note_in_box);
    if (!stage("stack", walk)) { /* whatever lock libunwind held is held for ever */
        fl_as_libunwind.space = NULL;
        stage("stack again", walk);
    }
    if (!stage("async callers", follow_async)) fl_as_found.awaiting.count = 0;
    if (fl_as_state.envelope >= 0) {
        write_event();
        write_threads();
        fl_as_crash_file_finish();
    } else {
        write_threads(); /* nobody may end the process meanwhile */
    }
}
#endif
