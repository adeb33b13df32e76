/* SPDX-License-Identifier: Apache-2.0
 *
 * What the handler knows. Owner: setup/install.c fills it before the handlers are installed; after that only the
 * handler writes, and only `owner` and what stands below it. Readers: the reporting thread. */
#pragma once
#ifdef __linux__
#include "faultline_crash.h"
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

enum {
    /* What a thread's alternate stack has beside the kernel's own frame (AT_MINSIGSTKSZ): our few frames before the
     * switch to the reporter's stack, and a handler that we chain to. */
    FL_ALTERNATE_STACK = 16 * 1024,
    FL_REPORTER_STACK = 256 * 1024,
    FL_HEADER_MEMBERS_MAX = 2048,
};
#define FL_REPORT_NANOSECONDS   3000000000u  /* 10 s would outlive a liveness probe */
#define FL_STAGE_NANOSECONDS    500000000u   /* for each of the others, once that time is over */
#define FL_PREVIOUS_NANOSECONDS 60000000000u /* of a handler that we chain to: Swift's backtracer takes seconds */

typedef struct {
    int process;             /* a forked child has another id: the run is not its own */
    int directory, envelope; /* descriptors, -1: none */
    int tasks, spare;        /* likewise: /proc/self/task, and one to give up where no other is left */
    uint64_t restorer;       /* glibc's return from a signal, by which gdb knows the frame; 0: unknown */
    char event_id[33];
    char header_members[FL_HEADER_MEMBERS_MAX];
    char facts[FL_FACTS_MAX + 1];
    const void *scopes_key;
    uint64_t abort_message; /* address of glibc's __abort_msg; 0: none */
    uint64_t job_run;       /* address of swift_job_run; 0: Swift's concurrency is not in the process */
    uint8_t *reporter_stack_top;
    struct sigaction previous[_NSIG];
    bool previous_first;

    int owner; /* id of the reporting thread, 0: nobody has crashed; claimed by compare-and-swap */
    int signal;
    siginfo_t *info;
    ucontext_t *context;
} fl_crash_state;

extern fl_crash_state fl_as_state;

void fl_as_handle_signal(int signal, siginfo_t *info, void *context);
void fl_as_report(void);
/* Calls the handler that was there before us, as an attempt, for FL_PREVIOUS_NANOSECONDS at most. */
void fl_as_let_previous(int signal, siginfo_t *info, ucontext_t *context);
/* Arranges for the process to die when the signal handler returns. */
void fl_as_die(int signal, siginfo_t *info, ucontext_t *context);
/* Calls `function(argument)` with the stack pointer at `top`, then comes back. */
void fl_as_call_on_stack(void *top, void (*function)(void *), void *argument);
#endif
