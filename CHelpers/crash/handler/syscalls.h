/* SPDX-License-Identifier: Apache-2.0
 *
 * The system calls of the crash handler, raw: no errno, no PLT, no cancellation point, nothing bound lazily.
 * Every call the handler makes is in this file; a result in [-4095, -1] is a negated errno. */
#pragma once
#ifdef __linux__
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* Anonymous memory over a mapping: mmap(2) with MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE. */
static inline long fl_as_map_over(void *address, size_t length) {
    const long read_and_write = 3, flags = 0x4032;
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = flags;
    register long r8 __asm__("r8") = -1;
    register long r9 __asm__("r9") = 0;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)SYS_mmap), "D"(address), "S"(length), "d"(read_and_write), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#else
    register long x8 __asm__("x8") = SYS_mmap;
    register long x0 __asm__("x0") = (long)address;
    register long x1 __asm__("x1") = (long)length;
    register long x2 __asm__("x2") = read_and_write;
    register long x3 __asm__("x3") = flags;
    register long x4 __asm__("x4") = -1;
    register long x5 __asm__("x5") = 0;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#endif
}

#if defined(__x86_64__)
static inline long fl_as_system_call(long number, long a, long b, long c, long d) {
    long result;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long fl_as_system_call(long number, long a, long b, long c, long d) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
#else
#error "the crash core supports x86-64 and aarch64"
#endif

static inline int fl_as_getpid(void) { return (int)fl_as_system_call(SYS_getpid, 0, 0, 0, 0); }
static inline int fl_as_gettid(void) { return (int)fl_as_system_call(SYS_gettid, 0, 0, 0, 0); }

static inline long fl_as_write(int descriptor, const void *bytes, size_t length) {
    return fl_as_system_call(SYS_write, descriptor, (long)bytes, (long)length, 0);
}

static inline long fl_as_rename(int directory, const char *from, const char *to) {
    return fl_as_system_call(SYS_renameat, directory, (long)from, directory, (long)to);
}

/* `nanoseconds` since 1970 or since boot, by the clock. */
static inline uint64_t fl_as_clock(int clock) {
    struct {
        int64_t seconds, nanoseconds;
    } now = {0, 0};
    fl_as_system_call(SYS_clock_gettime, clock, (long)&now, 0, 0);
    return (uint64_t)now.seconds * 1000000000u + (uint64_t)now.nanoseconds;
}

/* `name` has room for 16 bytes (PR_GET_NAME of prctl(2)). */
static inline void fl_as_thread_name(char *name) { fl_as_system_call(SYS_prctl, 16, (long)name, 0, 0); }

static inline void fl_as_yield(void) { fl_as_system_call(SYS_sched_yield, 0, 0, 0, 0); }

/* Sleeps while `*word` is `value`, at most `nanoseconds`; 0: without limit. */
static inline void fl_as_futex_wait(uint32_t *word, uint32_t value, uint64_t nanoseconds) {
    struct {
        int64_t seconds, nanoseconds;
    } limit = {(int64_t)(nanoseconds / 1000000000u), (int64_t)(nanoseconds % 1000000000u)};
    fl_as_system_call(SYS_futex, (long)word, 128 /* FUTEX_WAIT_PRIVATE */, value, nanoseconds ? (long)&limit : 0);
}

static inline void fl_as_futex_wake(uint32_t *word) { fl_as_system_call(SYS_futex, (long)word, 129, 1 << 30, 0); }

/* Read-only, below an open directory. */
static inline int fl_as_open_at(int directory, const char *path) {
    return (int)fl_as_system_call(SYS_openat, directory, (long)path, 02000000 /* O_CLOEXEC */, 0);
}

/* For writing, from its beginning; a name without a directory's path, or an absolute one. */
static inline int fl_as_open_to_write(int directory, const char *path) {
    return (int)fl_as_system_call(SYS_openat, directory, (long)path, 02000001 /* O_CLOEXEC | O_WRONLY */, 0);
}
/* A new file of that name, for its owner alone. */
static inline int fl_as_create_at(int directory, const char *name) {
    const long flags = 02000301; /* O_CLOEXEC | O_CREAT | O_EXCL | O_WRONLY */
    return (int)fl_as_system_call(SYS_openat, directory, (long)name, flags, 0600);
}

static inline long fl_as_read(int descriptor, void *bytes, size_t length) {
    return fl_as_system_call(SYS_read, descriptor, (long)bytes, (long)length, 0);
}

static inline void fl_as_close(int descriptor) { fl_as_system_call(SYS_close, descriptor, 0, 0, 0); }

static inline long fl_as_rewind(int descriptor) { return fl_as_system_call(SYS_lseek, descriptor, 0, 0, 0); }

static inline long fl_as_directory_entries(int descriptor, void *bytes, size_t capacity) {
    return fl_as_system_call(SYS_getdents64, descriptor, (long)bytes, (long)capacity, 0);
}

/* `status` is a struct stat, whose layout is the kernel's on both architectures. */
static inline long fl_as_status(int descriptor, void *status) {
    return fl_as_system_call(SYS_fstat, descriptor, (long)status, 0, 0);
}

/* The kernel's own struct sigaction, which is not glibc's. `action` NULL: only asks. */
typedef struct {
    uint64_t handler, flags, restorer, mask;
} fl_as_kernel_action;
#define FL_SA_RESTORER 0x04000000u
static inline long fl_as_set_action(int signal, const fl_as_kernel_action *action, fl_as_kernel_action *old) {
    return fl_as_system_call(SYS_rt_sigaction, signal, (long)action, (long)old, 8);
}

/* `event` and `times` are the kernel's struct sigevent and struct itimerspec. */
static inline long fl_as_create_timer(int clock, void *event, int *timer) {
    return fl_as_system_call(SYS_timer_create, clock, (long)event, (long)timer, 0);
}
static inline long fl_as_set_timer(int timer, const void *times) {
    return fl_as_system_call(SYS_timer_settime, timer, 0, (long)times, 0);
}

static inline void fl_as_wait_for_ever(void) {
    for (;;) fl_as_system_call(SYS_ppoll, 0, 0, 0, 0);
}

static inline void fl_as_exit_group(int status) { fl_as_system_call(SYS_exit_group, status, 0, 0, 0); }

/* `stack` and `old` are stack_t. */
static inline long fl_as_alternate_stack(const void *stack, void *old) {
    return fl_as_system_call(SYS_sigaltstack, (long)stack, (long)old, 0, 0);
}

static inline long fl_as_default_action(int signal) {
    static const fl_as_kernel_action by_default; /* all zero: SIG_DFL */
    return fl_as_set_action(signal, &by_default, NULL);
}

static inline long fl_as_change_mask(int how, uint64_t set) {
    return fl_as_system_call(SYS_rt_sigprocmask, how, (long)&set, 0, 8);
}

/* To a thread of this process, with the siginfo given: the kernel allows any si_code towards oneself. */
static inline long fl_as_queue_signal(int process, int thread, int signal, void *info) {
    return fl_as_system_call(SYS_rt_tgsigqueueinfo, process, thread, signal, (long)info);
}

static inline long fl_as_send_signal(int process, int thread, int signal) {
    return fl_as_system_call(SYS_tgkill, process, thread, signal, 0);
}
#endif
