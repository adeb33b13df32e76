/* SPDX-License-Identifier: Apache-2.0
 *
 * Loaded into a program by LD_PRELOAD: compares the unwinders at each tick of the process's clock, on the thread that
 * runs, and at a fatal signal.
 *
 *     FAULTLINE_AGREEMENT=FILE            where to count; without it nothing happens
 *     FAULTLINE_AGREEMENT_FALSIFY=N       alters each N-th step: that must be seen as a disagreement
 *     FAULTLINE_AGREEMENT_SINGLE_STEP=N   not at ticks, but at each new one of the main thread's first N instructions
 *
 * The program is as it would be without: nothing of it is wrapped but dlopen (and, step by step, the handling of
 * SIGTRAP); nothing here can fault; libc's errno is not touched, as every call is raw. The handlers of
 * fatal signals are installed first; Faultline in the program then calls them after its report, when all other threads
 * stand still. A program that installs a handler without calling the one before is only sampled. */
#define _GNU_SOURCE
#include "../../../CHelpers/crash/handler/syscalls.h"
#include "../../../CHelpers/crash/setup/image_snapshot.h"
#include "../../../CHelpers/crash/setup/libunwind_loader.h"
#include "agreement.h"
#include "single_step.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static agreement *counts;
static uint64_t falsify;

/* The readers' memory is one thread's. */
static int walking;

static bool begin(void) {
    int nobody = 0;
    return __atomic_compare_exchange_n(&walking, &nobody, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
static void end(void) { __atomic_store_n(&walking, 0, __ATOMIC_RELEASE); }

static bool walk(const void *context) {
    if (!begin()) return false;
    agreement_walk(counts, context, falsify);
    end();
    return true;
}

/* MARK: while it runs */

static uint32_t answers; /* of threads that were asked */

static void handle_tick(int signal, siginfo_t *info, void *context) {
    (void)signal;
    if (!walk(context)) __atomic_fetch_add(&counts->skipped, 1, __ATOMIC_RELAXED);
    if (info->si_code != SI_TKILL) return;
    __atomic_fetch_add(&answers, 1, __ATOMIC_RELEASE);
    fl_as_futex_wake(&answers);
}

/* MARK: at a fatal signal */

static const uint64_t patience = 5000000000, patience_each = 20000000; /* nanoseconds */
static uint64_t deadline;

static bool is_late(void) { return fl_as_clock(CLOCK_MONOTONIC) > deadline; }

/* Walks itself. One that has the signal blocked does not answer. */
static void ask(int thread) {
    uint32_t before = __atomic_load_n(&answers, __ATOMIC_ACQUIRE);
    if (fl_as_send_signal(fl_as_getpid(), thread, SIGPROF) == 0) fl_as_futex_wait(&answers, before, patience_each);
}

static void ask_others(void) {
    static struct {
        uint64_t inode, offset;
        uint16_t size;
        uint8_t type;
        char name[];
    } *entry;
    static char entries[4096] __attribute__((aligned(8)));
    int directory = fl_as_open_at(AT_FDCWD, "/proc/self/task"), self = fl_as_gettid();
    if (directory < 0) return;
    for (long length; (length = fl_as_directory_entries(directory, entries, sizeof entries)) > 0;) {
        for (long at = 0; at < length && !is_late(); at += entry->size) {
            entry = (void *)(entries + at);
            int thread = 0;
            for (const char *digit = entry->name; *digit >= '0' && *digit <= '9'; digit++)
                thread = 10 * thread + *digit - '0';
            if (thread && thread != self) ask(thread);
        }
    }
    fl_as_close(directory);
}

/* Everybody else stands still, when it is Faultline that has called. */
static void handle_fatal(int signal, siginfo_t *info, void *context) {
    deadline = fl_as_clock(CLOCK_MONOTONIC) + patience;
    bool walked = walk(context);
    for (; !walked && !is_late(); walked = walk(context)) fl_as_yield();
    if (walked) __atomic_fetch_add(&counts->at_fault, 1, __ATOMIC_RELAXED);
    ask_others();
    fl_as_kernel_action now;
    fl_as_set_action(signal, NULL, &now);
    if (now.handler != (uint64_t)(uintptr_t)handle_fatal) return; /* who has called us knows how to end */
    fl_as_default_action(signal);
    fl_as_queue_signal(fl_as_getpid(), fl_as_gettid(), signal, info);
}

/* MARK: start */

/* Nothing comes in between, not even the signal by which Faultline stops threads: libc refuses to block that one, hence
 * the kernel is told. */
void install_handler(int signal, void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction action;
    fl_as_kernel_action kernels;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(signal, &action, NULL);
    fl_as_set_action(signal, NULL, &kernels);
    kernels.mask = UINT64_MAX;
    fl_as_set_action(signal, &kernels, NULL);
}

static agreement *map_counts(const char *path) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof(agreement)) != 0) return NULL;
    void *memory = mmap(NULL, sizeof(agreement), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Of the handler's fatal signals. */
static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("FAULTLINE_AGREEMENT"), *each = getenv("FAULTLINE_AGREEMENT_FALSIFY");
    if (!path || !(counts = map_counts(path))) return;
    falsify = each ? strtoull(each, NULL, 10) : 0;
    fl_image_snapshot_take();
    if (!fl_libunwind_load()) return; /* nothing will be counted, which is seen */
    fl_image_snapshot_take();
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) install_handler(fatal[i], handle_fatal);
    install_handler(SIGPROF, handle_tick);
    const char *steps = getenv("FAULTLINE_AGREEMENT_SINGLE_STEP");
    if (steps) {
        single_step(strtoull(steps, NULL, 10), walk);
        return;
    }
    /* The kernel makes it as often as its own clock ticks. */
    struct itimerval each_millisecond = {.it_interval.tv_usec = 1000, .it_value.tv_usec = 1000};
    setitimer(ITIMER_PROF, &each_millisecond, NULL);
}

/* An image that comes later. The table before the last is written again meanwhile: nobody may be reading it. In a
 * forked child it may be that nobody ends. */
__attribute__((visibility("default"))) void *dlopen(const char *path, int flags) {
    static void *(*real)(const char *, int);
    if (!real) real = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
    void *library = real(path, flags);
    bool mine = false;
    for (int i = 0; library && counts && !mine && i < 1000; i++) {
        mine = begin();
        if (!mine) fl_as_yield();
    }
    if (mine) {
        fl_image_snapshot_take();
        end();
    }
    return library;
}
