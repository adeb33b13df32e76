/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking every thread to wait, and telling those that will not from those that cannot yet. */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "attempt.h"
#include "signal_names.h"
#include "syscalls.h"
#include "threads.h"
#include "watchdog.h"
#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    SPINS = 400, /* some 20 µs: a pause is 40 to 140 cycles */
    ROUNDS = 4,  /* threads that begin meanwhile are asked too */
    STEP_NANOSECONDS = 5000000,
    /* Without any answer. Whoever runs may be starved by a CPU quota; without /proc nobody can tell. */
    PATIENCE_NANOSECONDS = 200000000,
    BLIND_PATIENCE_NANOSECONDS = 50000000,
};

static fl_as_kernel_action previous; /* glibc's, for setuid() */
static uint32_t answers;             /* a futex of the reporting thread's */
static uint32_t wanted;              /* answers that end its sleep */
static uint32_t released;            /* a futex of the stopped threads' */
static bool by_id;                   /* the signal carries no slot: rt_tgsigqueueinfo is forbidden here */

/* MARK: on the other threads */

static fl_as_thread *own_slot(const siginfo_t *info) {
    if (!by_id) return info->si_code == SI_QUEUE ? info->si_value.sival_ptr : NULL;
    int32_t id = fl_as_gettid();
    for (uint32_t i = 0; i < fl_as_threads.count; i++)
        if (fl_as_threads.thread[i].id == id) return &fl_as_threads.thread[i];
    return NULL;
}

static bool is_slot(const fl_as_thread *thread) {
    return thread >= fl_as_threads.thread && thread < fl_as_threads.thread + FL_THREADS_MAX;
}

/* Not our question: setuid() is under way on another thread, which waits for every thread to take part. */
static void chain(int signal, siginfo_t *info, void *context) {
    if (previous.handler > 1) ((void (*)(int, siginfo_t *, void *))(uintptr_t)previous.handler)(signal, info, context);
}

static void park(int signal, siginfo_t *info, void *context) {
    if (fl_as_watchdog_sent(info)) {
        if (!fl_as_previous_may_go_on(context)) fl_as_attempt_ends(context);
        return;
    }
    fl_as_thread *thread = own_slot(info);
    if (!is_slot(thread)) {
        chain(signal, info, context);
        return;
    }
    uint32_t asked = FL_THREAD_ASKED;
    if (__atomic_compare_exchange_n(&thread->state, &asked, FL_THREAD_ANSWERING, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        thread->context = context;
        fl_as_thread_name(thread->name);
        __atomic_store_n(&thread->state, FL_THREAD_ANSWERED, __ATOMIC_RELEASE);
        if (__atomic_add_fetch(&answers, 1, __ATOMIC_ACQ_REL) == __atomic_load_n(&wanted, __ATOMIC_ACQUIRE))
            fl_as_futex_wake(&answers);
    } else if (__atomic_load_n(&released, __ATOMIC_ACQUIRE)) { /* found by its id: setuid() asks */
        chain(signal, info, context);
    } /* else it was given up, and stops all the same */
    while (!__atomic_load_n(&released, __ATOMIC_ACQUIRE)) fl_as_futex_wait(&released, 0, 0);
}

/* MARK: on the reporting thread */

void fl_as_prepare_to_stop(void) {
    /* A stopped thread runs no handler of the service's, which might end the process. What a backtracer sends it gets
     * through: Swift's uses these (stdlib/public/runtime/CrashHandlerLinux.cpp). */
    uint64_t open =
        fl_as_fatal_signal_bits() | fl_as_signal_bit(SIGUSR1) | fl_as_signal_bit(SIGUSR2) | fl_as_signal_bit(SIGPROF);
    fl_as_kernel_action action = {
        .mask = ~open,
        .handler = (uint64_t)(uintptr_t)park,
        .flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | (fl_as_state.restorer ? FL_SA_RESTORER : 0),
        .restorer = fl_as_state.restorer,
    };
    fl_as_kernel_action old = {0};
    if (fl_as_set_action(FL_STOP_SIGNAL, &action, &old) == 0 && old.handler != action.handler) previous = old;
}

static void ask(fl_as_thread *thread, uint64_t until) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = FL_STOP_SIGNAL;
    info.si_code = SI_QUEUE;
    info.si_pid = fl_as_state.process;
    info.si_value.sival_ptr = thread;
    __atomic_store_n(&thread->state, FL_THREAD_ASKED, __ATOMIC_RELEASE);
    long result = 0;
    while (!by_id) {
        result = fl_as_queue_signal(fl_as_state.process, thread->id, FL_STOP_SIGNAL, &info);
        if (result != -EAGAIN || fl_as_clock(CLOCK_MONOTONIC) > until) break;
        fl_as_yield(); /* RLIMIT_SIGPENDING: those that were asked take their signals meanwhile */
    }
    if (result == -EPERM || result == -ENOSYS) __atomic_store_n(&by_id, true, __ATOMIC_RELEASE);
    if (by_id) result = fl_as_send_signal(fl_as_state.process, thread->id, FL_STOP_SIGNAL);
    if (result == -ESRCH) thread->state = FL_THREAD_GONE;
}

static bool is_pending(uint32_t from) {
    for (uint32_t i = from; i < fl_as_threads.count; i++) {
        uint32_t state = __atomic_load_n(&fl_as_threads.thread[i].state, __ATOMIC_ACQUIRE);
        if (state == FL_THREAD_ASKED || state == FL_THREAD_ANSWERING) return true;
    }
    return false;
}

/* Those that never will answer are no longer pending. */
static void look_at_missing(uint32_t from) {
    for (uint32_t i = from; i < fl_as_threads.count; i++) {
        fl_as_thread *thread = &fl_as_threads.thread[i];
        if (__atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == FL_THREAD_ASKED) fl_as_look_at_silent(thread);
    }
}

/* A thread that sleeps on another core answers within microseconds: less than it takes to fall asleep and be woken. */
static void spin(uint32_t goal) {
    for (int i = 0; i < SPINS && __atomic_load_n(&answers, __ATOMIC_ACQUIRE) != goal; i++) {
#if defined(__x86_64__)
        __asm__ volatile("pause");
#else
        __asm__ volatile("yield");
#endif
    }
}

/* `goal`: what `answers` will be when all of this round have answered, and nobody late of the one before. */
static void wait_for_answers(uint32_t from, uint32_t goal, uint64_t until) {
    __atomic_store_n(&wanted, goal, __ATOMIC_RELEASE);
    uint64_t progress = fl_as_clock(CLOCK_MONOTONIC);
    spin(goal);
    uint64_t patience = fl_as_state.tasks >= 0 ? PATIENCE_NANOSECONDS : BLIND_PATIENCE_NANOSECONDS;
    for (;;) {
        uint32_t seen =
            __atomic_load_n(&answers, __ATOMIC_ACQUIRE); /* before the look: else an answer is slept through */
        if (!is_pending(from)) return;
        fl_as_futex_wait(&answers, seen, STEP_NANOSECONDS);
        uint64_t now = fl_as_clock(CLOCK_MONOTONIC);
        if (now > until) return;
        if (__atomic_load_n(&answers, __ATOMIC_ACQUIRE) != seen) {
            progress = now;
            continue;
        }
        look_at_missing(from);
        if (now - progress > patience) return;
    }
}

void fl_as_release_threads(void) {
    __atomic_store_n(&released, 1, __ATOMIC_RELEASE);
    fl_as_futex_wake(&released);
}

void fl_as_stop_threads(uint64_t until, void (*meanwhile)(void)) {
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t from = fl_as_threads.count, goal = __atomic_load_n(&answers, __ATOMIC_ACQUIRE);
        uint32_t found = fl_as_list_threads();
        if (!found && !meanwhile) return;
        for (uint32_t i = from; i < fl_as_threads.count; i++) {
            ask(&fl_as_threads.thread[i], until);
            goal += fl_as_threads.thread[i].state != FL_THREAD_GONE;
        }
        if (meanwhile) meanwhile();
        meanwhile = NULL;
        if (!found) return;
        wait_for_answers(from, goal, until);
        if (fl_as_clock(CLOCK_MONOTONIC) > until) return;
    }
}
#include "uninstrumented_end.h"
#endif
