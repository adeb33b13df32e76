/* SPDX-License-Identifier: Apache-2.0
 *
 * Shows that the booby trap springs, and that it springs on nothing else: a program whose crash handler has the name of
 * ours, and does what a handler must not do.
 *
 *     probe                 prints the cases, one a line: the name, and what the trap must say, or "-" for nothing
 *     probe CASE LIBRARY    dies by SIGSEGV, or by the trap
 *
 * Compiled with -DLIBRARY it is a library: linked under libunwind's name, which may take a lock, and opened late under
 * another, whose thread-local memory the loader then has to allocate. */
#define _GNU_SOURCE
#include <pthread.h>

#ifdef LIBRARY
static _Thread_local volatile char late[64];

void take_lock(pthread_mutex_t *mutex) {
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
}

void touch_thread_local(void) { late[0] = 1; }
#else
#include <dirent.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <locale.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include <unwind.h>

/* Of the Swift runtime, libdispatch and the C++ runtime: never called, but for their stubs. */
void *swift_retain(void *), *swift_allocObject(void *, size_t, size_t), *swift_slowAlloc(size_t, size_t);
void swift_once(long *, void (*)(void *), void *), swift_release(void *), *swift_task_create(void);
void dispatch_once_f(long *, void *, void (*)(void *)), *_Znwm(size_t), _ZdlPv(void *),
    *__cxa_allocate_exception(size_t);
void take_lock(pthread_mutex_t *mutex);

static volatile struct {
    void *pointer;
    size_t size;
    long number;
} kept;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t semaphore;
static struct sigaction before;
static time_t seconds;
static struct tm date;
static long swift_token;
static char text[64];
static void (*touch_thread_local)(void);
static volatile int step; /* between the two threads of one case */

static void nothing(void) {}
static void nothing_with(void *unused) { (void)unused; }
static int each_object(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)info, (void)size, (void)unused;
    return 0;
}
static _Unwind_Reason_Code each_frame(struct _Unwind_Context *context, void *unused) {
    (void)context, (void)unused;
    return _URC_END_OF_STACK;
}
static int print(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return length;
}

/* The thread that is not in the handler may allocate, and the handler waits for it without a call. */
static void *allocate_beside(void *unused) {
    while (step != 1) {}
    kept.pointer = malloc(100);
    step = 2;
    return unused;
}

static void allocating_handler(int signal) {
    (void)signal;
    kept.pointer = malloc(100);
}

static void call_previous(void) {
    if (before.sa_flags & SA_SIGINFO) before.sa_sigaction(SIGSEGV, NULL, NULL);
    else before.sa_handler(SIGSEGV);
}

#define CALLS(name, ...)                                                                                               \
    static void do_##name(void) { __VA_ARGS__; }
#define TRAPPED(X)                                                                                                     \
    X(malloc, kept.pointer = malloc(100))                                                                              \
    X(calloc, kept.pointer = calloc(10, 10))                                                                           \
    X(realloc, kept.pointer = realloc(kept.pointer, 100))                                                              \
    X(free, free(kept.pointer))                                                                                        \
    X(posix_memalign, kept.number = posix_memalign((void **)&kept.pointer, 64, 64))                                    \
    X(aligned_alloc, kept.pointer = aligned_alloc(64, 64))                                                             \
    X(mmap, kept.pointer = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))                            \
    X(strdup, kept.pointer = strdup(text))                                                                             \
    X(pthread_mutex_lock, pthread_mutex_lock(&mutex))                                                                  \
    X(pthread_mutex_trylock, pthread_mutex_trylock(&mutex))                                                            \
    X(pthread_rwlock_rdlock, pthread_rwlock_rdlock(&rwlock))                                                           \
    X(pthread_cond_signal, pthread_cond_signal(&condition))                                                            \
    X(pthread_once, pthread_once(&once, nothing))                                                                      \
    X(sem_wait, sem_wait(&semaphore))                                                                                  \
    X(dlopen, kept.pointer = dlopen("libm.so.6", RTLD_NOW))                                                            \
    X(dlsym, kept.pointer = dlsym(RTLD_DEFAULT, "malloc"))                                                             \
    X(dladdr, kept.number = dladdr(text, (Dl_info *)text))                                                             \
    X(dl_iterate_phdr, dl_iterate_phdr(each_object, NULL))                                                             \
    X(fopen, kept.pointer = fopen("/dev/null", "r"))                                                                   \
    X(fwrite, kept.size = fwrite(text, 1, 1, stderr))                                                                  \
    X(fputs, fputs(text, stderr))                                                                                      \
    X(printf, printf("%ld\n", kept.number))                                                                            \
    X(snprintf, snprintf(text, sizeof text, "%ld", kept.number))                                                       \
    X(vsnprintf, print("%d", 1))                                                                                       \
    X(fflush, fflush(stderr))                                                                                          \
    X(syslog, syslog(LOG_DEBUG, "%s", text))                                                                           \
    X(localtime_r, localtime_r(&seconds, &date))                                                                       \
    X(gmtime_r, gmtime_r(&seconds, &date))                                                                             \
    X(mktime, seconds = mktime(&date))                                                                                 \
    X(strftime, kept.size = strftime(text, sizeof text, "%c", &date))                                                  \
    X(getenv, kept.pointer = getenv("HOME"))                                                                           \
    X(setenv, setenv("PROBE", "1", 1))                                                                                 \
    X(exit, exit(7))                                                                                                   \
    X(abort, abort())                                                                                                  \
    X(opendir, kept.pointer = opendir("/"))                                                                            \
    X(setlocale, setlocale(LC_ALL, "C"))                                                                               \
    X(strerror, kept.pointer = strerror(2))                                                                            \
    X(backtrace, kept.number = backtrace((void **)text, 4))                                                            \
    X(_Unwind_Backtrace, _Unwind_Backtrace(each_frame, NULL))                                                          \
    X(sigaction, sigaction(SIGSEGV, NULL, &before))                                                                    \
    X(sigprocmask, sigprocmask(SIG_BLOCK, NULL, NULL))                                                                 \
    X(write, kept.number = write(2, text, 0))                                                                          \
    X(_Znwm, kept.pointer = _Znwm(100))                                                                                \
    X(_ZdlPv, _ZdlPv(kept.pointer))                                                                                    \
    X(__cxa_allocate_exception, kept.pointer = __cxa_allocate_exception(8))                                            \
    X(dispatch_once_f, dispatch_once_f(&swift_token, NULL, nothing_with))                                              \
    X(swift_once, swift_once(&swift_token, nothing_with, NULL))                                                        \
    X(swift_slowAlloc, kept.pointer = swift_slowAlloc(64, 15))                                                         \
    X(swift_allocObject, kept.pointer = swift_allocObject(NULL, 64, 15))                                               \
    X(swift_retain, kept.pointer = swift_retain(NULL))                                                                 \
    X(swift_release, swift_release(NULL))                                                                              \
    X(swift_task_create, swift_task_create())
TRAPPED(CALLS)

CALLS(nothing, memset(text, 'x', kept.size), memcpy(text, &date, kept.size))
CALLS(thread_beside, step = 1; while (step != 2){})
CALLS(previous_handler, call_previous())
CALLS(after_previous_handler, call_previous(), kept.pointer = malloc(100))
CALLS(libunwind_lock, take_lock(&mutex))
CALLS(late_thread_local, touch_thread_local())
CALLS(lazy_binding, kept.number = strtol(text, NULL, 10))

static const struct {
    const char *name;
    void (*work)(void);
    const char *expected;
} cases[] = {
#define ROW(name, ...) {#name, do_##name, "calls " #name},
    TRAPPED(ROW){"nothing", do_nothing, "-"},
    {"thread-beside", do_thread_beside, "-"},
    {"previous-handler", do_previous_handler, "-"},
    {"after-previous-handler", do_after_previous_handler, "calls malloc"},
    {"late-thread-local", do_late_thread_local, "calls malloc"},
    {"free-lock-of-libunwind", do_libunwind_lock, "-"},
    {"held-lock-of-libunwind", do_libunwind_lock, "waits for a lock: pthread_mutex_lock"},
    {"early-binding", do_lazy_binding, "calls strtol"}, /* linked with -z now, as for all of the above */
    {"lazy-binding", do_lazy_binding, "has the loader bind strtol"},
};
enum { CASES = sizeof cases / sizeof *cases };
static void (*work)(void);

__attribute__((noinline)) void fl_as_handle_signal(int signal, siginfo_t *info, void *context) {
    (void)info, (void)context;
    work();
    /* As ours: back to the default, and the fault comes again. */
    struct {
        unsigned long handler, flags, restorer, mask;
    } by_default = {0};
    long result;
    register long r10 __asm__("r10") = 8;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)SYS_rt_sigaction), "D"((long)signal), "S"(&by_default), "d"(0L), "r"(r10)
                     : "rcx", "r11", "memory");
}

int main(int count, char **arguments) {
    for (int i = 0; count == 1 && i < CASES; i++) printf("%s %s\n", cases[i].name, cases[i].expected);
    if (count != 3) return 0;
    for (int i = 0; i < CASES; i++)
        if (strcmp(arguments[1], cases[i].name) == 0) work = cases[i].work;
    if (!work) return 64;
    void *library = dlopen(arguments[2], RTLD_NOW | RTLD_LOCAL);
    touch_thread_local = library ? (void (*)(void))dlsym(library, "touch_thread_local") : NULL;
    if (!touch_thread_local) return 65;
    pthread_t beside;
    if (work == do_thread_beside && pthread_create(&beside, NULL, allocate_beside, NULL) != 0) return 1;
    if (strcmp(arguments[1], "held-lock-of-libunwind") == 0) pthread_mutex_lock(&mutex);

    struct sigaction ours = {.sa_sigaction = fl_as_handle_signal, .sa_flags = SA_SIGINFO | SA_NODEFER}, found;
    signal(SIGSEGV, allocating_handler);
    sigaction(SIGSEGV, NULL, &before); /* what was there is asked for first, as in setup/install.c */
    sigaction(SIGSEGV, &ours, NULL);
    sigaction(SIGSEGV, NULL, &found);
    if (found.sa_sigaction != fl_as_handle_signal) return 66; /* the trap shows */
    *(volatile int *)16 = 42;
    return 0;
}
#endif
