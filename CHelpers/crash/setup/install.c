/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "../handler/crash_state.h"
#include "../handler/signal_names.h"
#include "../handler/syscalls.h"
#include "alternate_stack.h"
#include "cxx_terminate.h"
#include "faultline_crash.h"
#include "image_snapshot.h"
#include "libunwind_loader.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What executors call for each job (stdlib/public/Concurrency/Actor.cpp of swiftlang/swift). Never called here: its
 * address tells where the async part of a stack begins. */
extern void swift_job_run(void) __attribute__((weak));

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool installed, has_libunwind;

/* Descriptors that the service does not trip over: above what it counts up from. */
static int keep_descriptor(int descriptor) {
    if (descriptor < 0) return -1;
    int high = fcntl(descriptor, F_DUPFD_CLOEXEC, 200);
    return high >= 0 ? high : fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

static fl_as_file identity(int descriptor) {
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) return (fl_as_file){0, 0};
    return (fl_as_file){status.st_dev, status.st_ino};
}

/* A service may have closed what it does not know, and what it opened then has our numbers. */
static void close_own(int *descriptor, const fl_as_file *is) {
    fl_as_file now = identity(*descriptor);
    if (*descriptor >= 0 && now.device == is->device && now.inode == is->inode) close(*descriptor);
    *descriptor = -1;
}

static void close_descriptors(void) {
    close_own(&fl_as_state.envelope, &fl_as_state.envelope_is);
    close_own(&fl_as_state.directory, &fl_as_state.directory_is);
    close_own(&fl_as_state.tasks, &fl_as_state.tasks_is);
    close_own(&fl_as_state.spare, &fl_as_state.tasks_is);
}

/* Kept open, for a crash may find no descriptor left; and one more, to be given up then. */
static void open_tasks(void) {
    int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fl_as_state.tasks = keep_descriptor(tasks);
    fl_as_state.spare = keep_descriptor(tasks);
    fl_as_state.tasks_is = identity(tasks);
    if (tasks >= 0) close(tasks);
}

static bool map_reporter_stack(void) {
    if (fl_as_state.reporter_stack_top) return true;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *mapping =
        mmap(NULL, page + FL_REPORTER_STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return false;
    if (mprotect(mapping + page, FL_REPORTER_STACK, PROT_READ | PROT_WRITE) != 0) {
        munmap(mapping, page + FL_REPORTER_STACK);
        return false;
    }
    fl_as_state.reporter_stack_top = mapping + page + FL_REPORTER_STACK;
    return true;
}

/* Other handlers wait while we report, but not the faults of our own checked reads. SA_NODEFER leaves the signal itself
 * open, for the same reason. */
static struct sigaction our_action(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = fl_as_handle_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigfillset(&action.sa_mask);
    for (const fl_as_signal_name *fatal = fl_as_fatal_signals; fatal->number; fatal++)
        sigdelset(&action.sa_mask, fatal->number);
    return action;
}

static bool is_ours(const struct sigaction *action) {
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == fl_as_handle_signal;
}

static bool is_ignored(const struct sigaction *action) {
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_IGN;
}

static void install_handlers(void) {
    struct sigaction ours = our_action();
    for (const fl_as_signal_name *fatal = fl_as_fatal_signals; fatal->number; fatal++) {
        struct sigaction *previous = &fl_as_state.previous[fatal->number], found;
        if (sigaction(fatal->number, NULL, &found) != 0 || is_ours(&found)) continue; /* put back by somebody */
        *previous = found;
        /* abort(3) tries once more, by the default action: a report of the first time would be a lie. */
        if (fatal->number == SIGABRT && is_ignored(previous)) continue;
        sigaction(fatal->number, &ours, NULL);
    }
}

/* What libc has given the kernel with our own handlers; without the flag the field is not set (glibc on aarch64 leaves
 * what was on its stack there). Where it cannot be learnt, our own, on the one machine whose kernel needs it. */
static void learn_restorer(void) {
    fl_as_kernel_action action = {0};
    uint64_t found = 0;
    for (const fl_as_signal_name *fatal = fl_as_fatal_signals; fatal->number && !found; fatal++) {
        bool ours = fl_as_set_action(fatal->number, NULL, &action) == 0 &&
                    action.handler == (uint64_t)(uintptr_t)fl_as_handle_signal;
        if (ours && (action.flags & FL_SA_RESTORER)) found = action.restorer;
    }
#if defined(__x86_64__)
    if (!found) found = (uint64_t)(uintptr_t)fl_as_return_from_signal;
#endif
    fl_as_state.restorer = found;
}

/* MARK: fork */

/* The child has one thread. The run and its file are the parent's: should the child crash, it writes a file of its own
 * beside it. What other threads of the parent held is nobody's. */
static void in_forked_child(void) {
    static const pthread_mutex_t open = PTHREAD_MUTEX_INITIALIZER;
    mutex = open;
    fl_alternate_stack_in_child();
    /* While another thread of the parent was reporting: all of that is in the child too, half done, and with it the
     * claim. It dies without a report, as a child of clone(2) does. */
    if (!installed || fl_as_state.owner) return;
    close_own(&fl_as_state.envelope, &fl_as_state.envelope_is);
    close_own(&fl_as_state.tasks, &fl_as_state.tasks_is); /* they are the parent's threads */
    fl_as_state.process = getpid();
    fl_as_state.forked = true;
}

static void watch_forks(void) { pthread_atfork(NULL, NULL, in_forked_child); }

/* MARK: install */

int fl_crash_install(const fl_crash_options *options) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks); /* before the lock, which a child finds held else */
    pthread_mutex_lock(&mutex);
    int error = 0;
    if (installed && fl_as_state.process == getpid() && !fl_as_state.forked) error = EALREADY;
    else if (fl_as_state.owner) error = EBUSY; /* in a child that was forked while its parent reported */
    else if (strlen(options->header_members) >= FL_HEADER_MEMBERS_MAX) error = E2BIG;
    else if (!map_reporter_stack()) error = ENOMEM;
    if (!error) {
        if (installed) close_descriptors(); /* the parent's, in a forked child */
        fl_as_state.process = getpid();
        fl_as_state.forked = false;
        fl_as_state.directory = keep_descriptor(options->run_directory);
        fl_as_state.envelope = keep_descriptor(options->envelope);
        fl_as_state.directory_is = identity(fl_as_state.directory);
        fl_as_state.envelope_is = identity(fl_as_state.envelope);
        fl_as_state.envelope_path[0] = 0;
        if (options->envelope_path && strlen(options->envelope_path) < FL_PATH_MAX)
            strcpy(fl_as_state.envelope_path, options->envelope_path);
        fl_as_state.line_on_stderr = options->line_on_stderr;
        open_tasks();
        fl_as_state.scopes_key = options->scopes_key;
        fl_as_state.previous_first = options->previous_first;
        strcpy(fl_as_state.header_members, options->header_members);
        fl_as_state.facts[0] = 0;
        if (strlen(options->facts) <= FL_FACTS_MAX) strcpy(fl_as_state.facts, options->facts);
        strncpy(fl_as_state.event_id, options->event_id, sizeof fl_as_state.event_id - 1);
        fl_as_state.job_run = (uint64_t)(uintptr_t)swift_job_run;
        fl_as_state.loader = (uint64_t)(uintptr_t)&_r_debug;
        fl_as_state.abort_message = (uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, "__abort_msg");
        fl_alternate_stack_ensure();
        fl_image_snapshot_take();
        bool handlers_inherited = installed; /* by a forked child that starts anew */
        if (!handlers_inherited) install_handlers();
        fl_cxx_terminate_install();
        learn_restorer();
        has_libunwind = fl_libunwind_load(); /* walks once: a checked read that faults needs the handlers */
        installed = true;
    }
    pthread_mutex_unlock(&mutex);
    return error;
}

bool fl_crash_is_dying(void) { return __atomic_load_n(&fl_as_state.owner, __ATOMIC_ACQUIRE) != 0; }

void fl_crash_wait_for_report(void) {
    int owner = __atomic_load_n(&fl_as_state.owner, __ATOMIC_ACQUIRE);
    if (!owner || owner == gettid()) return;
    struct timespec left = {.tv_sec = FL_REPORT_NANOSECONDS / 1000000000u + 1};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

void fl_crash_uninstall(void) {
    pthread_mutex_lock(&mutex);
    if (installed && !fl_crash_is_dying()) {
        for (const fl_as_signal_name *fatal = fl_as_fatal_signals; fatal->number; fatal++) {
            struct sigaction now;
            if (sigaction(fatal->number, NULL, &now) == 0 && is_ours(&now))
                sigaction(fatal->number, &fl_as_state.previous[fatal->number], NULL);
        }
        fl_cxx_terminate_uninstall();
        close_descriptors();
        installed = false;
    }
    pthread_mutex_unlock(&mutex);
}

/* MARK: what became of it */

int32_t fl_crash_replaced_signal(int32_t after, const char **whose) {
    if (!__atomic_load_n(&installed, __ATOMIC_ACQUIRE)) return 0;
    bool past = after == 0;
    for (const fl_as_signal_name *fatal = fl_as_fatal_signals; fatal->number; fatal++) {
        const struct sigaction *previous = &fl_as_state.previous[fatal->number];
        struct sigaction now;
        Dl_info info;
        if (!past) {
            past = fatal->number == after;
            continue;
        }
        if (sigaction(fatal->number, NULL, &now) != 0 || is_ours(&now)) continue;
        if (fatal->number == SIGABRT && is_ignored(previous)) continue; /* never was */
        void *handler =
            (now.sa_flags & SA_SIGINFO) ? (void *)(uintptr_t)now.sa_sigaction : (void *)(uintptr_t)now.sa_handler;
        if (!(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_DFL) *whose = "SIG_DFL";
        else if (is_ignored(&now)) *whose = "SIG_IGN";
        else *whose = dladdr(handler, &info) && info.dli_fname ? info.dli_fname : "";
        return fatal->number;
    }
    return 0;
}

bool fl_crash_images_refresh(void) { return fl_image_snapshot_take(); }

const char *fl_environment(const char *name) { return secure_getenv(name); }

const char *fl_signal_name(int32_t number) {
    const char *name = fl_as_signal_named(number)->name;
    return *name ? name : "a signal";
}

const char *fl_crash_degraded(void) {
    if (!installed || has_libunwind || !getauxval(AT_BASE)) return NULL; /* a static executable never has it */
    return "libunwind is not on this machine: stacks are walked by Faultline's own reader alone; "
           "for a second opinion install libunwind8";
}
#endif
