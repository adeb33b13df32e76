/* SPDX-License-Identifier: Apache-2.0
 *
 * What the handler knows. Owner: setup/install.c fills it before the handlers are installed, and makes it the child's
 * own in a forked child; after that only the handler writes, and only `owner` and what stands below it, a forked
 * child's event id, and `spare` when it is given up. Readers: the reporting thread. */
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
    FL_PATH_MAX = 4096, /* of Linux, with the NUL */
};
#define FL_REPORT_NANOSECONDS   3000000000u  /* 10 s would outlive a liveness probe */
#define FL_STAGE_NANOSECONDS    500000000u   /* for each of the others, once that time is over */
#define FL_AGAIN_NANOSECONDS    1000000000u  /* for one that hangs in what was struck already */
#define FL_PREVIOUS_NANOSECONDS 60000000000u /* of a handler that we chain to: Swift's backtracer takes seconds */
/* How often is looked whether it waits for a thread. Each look interrupts it: calls that are not made again after a
 * signal (signal(7): sleep, poll) end early. */
#define FL_PREVIOUS_LOOK_NANOSECONDS 2000000000u

typedef struct {
    uint64_t device, inode; /* 0: none */
} fl_as_file;

typedef struct {
    int process;             /* a child has another id: the run is not its own */
    bool forked;             /* a child made by fork(), which writes a file of its own into the run's directory */
    bool line_on_stderr;     /* the last resort, where no file could be written */
    int directory, envelope; /* descriptors, -1: none */
    int tasks, spare;        /* likewise: /proc/self/task, and one to give up where no other is left */
    fl_as_file envelope_is, directory_is,
        tasks_is;      /* which ones they are: the service may have closed ours and opened its own */
    uint64_t restorer; /* returns from a signal; glibc's, by which gdb knows the frame, or ours. 0: the kernel's own */
    char event_id[33];
    char envelope_path[FL_PATH_MAX]; /* to open it again; empty: unknown */
    char header_members[FL_HEADER_MEMBERS_MAX];
    char facts[FL_FACTS_MAX + 1];
    const void *scopes_key;
    uint64_t abort_message; /* address of glibc's __abort_msg; 0: none */
    uint64_t job_run;       /* address of swift_job_run; 0: Swift's concurrency is not in the process */
    uint64_t loader;        /* address of the loader's struct r_debug; 0: unknown */
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
/* Calls the handler that was there before us, as an attempt, for FL_PREVIOUS_NANOSECONDS at most; where it waits
 * for one and the same lock or semaphore, for a quarter of that. The other threads stay stopped, but are let go where
 * it waits so at two looks. */
void fl_as_let_previous(int signal, siginfo_t *info, ucontext_t *context);
/* In a handler of the watchdog's signal, whether it has interrupted that handler, and shall leave it. */
bool fl_as_previous_may_go_on(const ucontext_t *context);
/* Arranges for the process to die when the signal handler returns. */
void fl_as_die(int signal, siginfo_t *info, ucontext_t *context);
/* What a handler returns to where libc does not say. */
void fl_as_return_from_signal(void);
/* Calls `function(argument)` with the stack pointer at `top`, then comes back. */
void fl_as_call_on_stack(void *top, void (*function)(void *), void *argument);
#endif
