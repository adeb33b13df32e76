/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#undef NDEBUG
#include "victim.h"
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int *volatile nowhere = (int *)VICTIM_NOWHERE; /* read each time: no compiler sees the fault */

ALONE void crash(void) { *nowhere = 42; }

/* MARK: faults */

ALONE static void die_by_pointer(void) {
    crash();
    STAY;
}

ALONE static void call(uintptr_t address) {
    void (*volatile function)(void) = (void (*)(void))address;
    function();
    STAY;
}

ALONE static void die_by_null_call(void) { call(0); }
ALONE static void die_by_wild_call(void) { call(VICTIM_WILD); }

ALONE static void die_by_breakpoint(void) {
#if defined(__x86_64__)
    __asm__ volatile("int3");
#else
    __asm__ volatile("brk #0");
#endif
}

/* What compilers put where a program must not come to: ud2, brk #1 or #1000. */
ALONE static void die_by_trap(void) { __builtin_trap(); }

ALONE static void die_by_illegal_instruction(void) {
#if defined(__x86_64__)
    __asm__ volatile("ud2");
#else
    __asm__ volatile(".inst 0"); /* udf #0 */
#endif
}

ALONE static void die_beyond_file(void) {
    FILE *file = tmpfile();
    volatile char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    *map = 1;
}

ALONE static void die_with_registers(void) {
#if defined(__x86_64__)
#define WITNESS(name, number) "movabsq $0x00c0ffee00000000 + " #number ", %" name "\n"
    __asm__ volatile(WITNESS("rax", 0) WITNESS("rdx", 1) WITNESS("rcx", 2) WITNESS("rbx", 3) WITNESS("rsi", 4)
                         WITNESS("rdi", 5) WITNESS("r8", 8) WITNESS("r9", 9) WITNESS("r10", 10) WITNESS("r11", 11)
                             WITNESS("r12", 12) WITNESS("r13", 13) WITNESS("r14", 14)
                                 WITNESS("r15", 15) "movl $42, 16");
#else
#define WITNESS(number)                                                                                                \
    "mov x" #number ", #" #number "\n movk x" #number ", #0xffee, lsl #32\n movk x" #number ", #0x00c0, lsl #48\n"
    __asm__ volatile(WITNESS(1) WITNESS(2) WITNESS(3) WITNESS(4) WITNESS(5) WITNESS(6) WITNESS(7) WITNESS(8) WITNESS(9)
                         WITNESS(10) WITNESS(11) WITNESS(12) WITNESS(13) WITNESS(14) WITNESS(15) WITNESS(16) WITNESS(17)
                             WITNESS(18) WITNESS(19) WITNESS(20) WITNESS(21) WITNESS(22) WITNESS(23) WITNESS(24)
                                 WITNESS(25) WITNESS(26) WITNESS(27) WITNESS(28) "mov x0, #16\n str w1, [x0]");
#endif
}

/* MARK: libc's own */

ALONE static void die_by_abort(void) {
    abort();
    STAY;
}

ALONE static void die_by_assertion(void) { assert(VICTIM_NOWHERE == VICTIM_WILD); }

ALONE static void die_by_double_free(void) {
    void *volatile block = malloc(24);
    free(block);
    free(block);
    STAY;
}

ALONE static void die_by_bad_system_call(void) {
    raise(SIGSYS);
    STAY;
}

/* The checker kills it. */
ALONE static void die_by_kill(void) {
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}

/* MARK: stacks */

ALONE static int recurse(int depth) {
    volatile int frame[128] = {depth};
    if (depth == 0) crash();
    frame[1] = depth ? recurse(depth - 1) : 0;
    return frame[0] + frame[1];
}

ALONE static void die_in_recursion(void) {
    recurse(VICTIM_DEPTH);
    STAY;
}

ALONE static void overflow(void) {
    recurse(1 << 30);
    STAY;
}

static void *run(void *death) {
    ((void (*)(void))(uintptr_t)death)();
    return NULL;
}

static void on_thread(void (*death)(void)) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, (void *)(uintptr_t)death) == 0) pthread_join(thread, NULL);
}

ALONE static void die_on_thread(void) { on_thread(crash); }
ALONE static void overflow_on_thread(void) { on_thread(overflow); }

/* The frames of all callers, as far as 64 words reach. */
ALONE static void smash(void) {
    volatile uintptr_t *frame = __builtin_frame_address(0);
    for (int i = 0; i < 64; i++) frame[i] = 0x4141414141414141u;
    crash();
    STAY;
}

ALONE static void die_with_wild_stack_pointer(void) {
#if defined(__x86_64__)
    __asm__ volatile("movabsq $0x123456789000, %rsp\n movl $42, 16");
#else
    __asm__ volatile("movz x9, #0x9000\n movk x9, #0x1234, lsl #32\n mov sp, x9\n mov x9, #16\n str x9, [x9]");
#endif
}

/* MARK: handlers */

static void crash_in_signal(int signal) {
    (void)signal;
    crash();
    STAY;
}

ALONE static void die_in_signal_handler(void) {
    signal(SIGUSR1, crash_in_signal);
    raise(SIGUSR1);
    STAY;
}

/* It was there first: the handler calls it when its report is written. */
static void install_crashing_handler(void) { signal(SIGSEGV, crash_in_signal); }

/* MARK: several threads */

static int begun;

ALONE static void sleep_for_ever(void) {
    for (;;) pause();
}

ALONE static void spin_for_ever(void) {
    for (;;) STAY;
}

static void *wait_asleep(void *number) {
    char name[16];
    snprintf(name, sizeof name, "waiting %d", (int)(intptr_t)number);
    pthread_setname_np(pthread_self(), name);
    __atomic_fetch_add(&begun, 1, __ATOMIC_RELEASE);
    sleep_for_ever();
    return NULL;
}

static void *wait_busy(void *unused) {
    pthread_setname_np(pthread_self(), "busy");
    __atomic_fetch_add(&begun, 1, __ATOMIC_RELEASE);
    spin_for_ever();
    return unused;
}

ALONE static void die_among_threads(void) {
    pthread_t thread;
    for (intptr_t i = 0; i < VICTIM_WAITING; i++) pthread_create(&thread, NULL, wait_asleep, (void *)i);
    pthread_create(&thread, NULL, wait_busy, NULL);
    while (__atomic_load_n(&begun, __ATOMIC_ACQUIRE) <= VICTIM_WAITING) sched_yield();
    crash();
    STAY;
}

static pthread_barrier_t together;

ALONE static void crash_together(void) {
    pthread_barrier_wait(&together);
    crash();
    STAY;
}

static void *run_together(void *unused) {
    crash_together();
    return unused;
}

ALONE static void die_twice(void) {
    pthread_t thread;
    pthread_barrier_init(&together, NULL, 2);
    pthread_create(&thread, NULL, run_together, NULL);
    crash_together();
    STAY;
}

const victim_death victim_deaths[] = {
    {"pointer", NULL, die_by_pointer},
    {"null-call", NULL, die_by_null_call},
    {"wild-call", NULL, die_by_wild_call},
    {"breakpoint", NULL, die_by_breakpoint},
    {"trap", NULL, die_by_trap},
    {"illegal", NULL, die_by_illegal_instruction},
    {"bus", NULL, die_beyond_file},
    {"registers", NULL, die_with_registers},
    {"abort", NULL, die_by_abort},
    {"assert", NULL, die_by_assertion},
    {"double-free", NULL, die_by_double_free},
    {"bad-system-call", NULL, die_by_bad_system_call},
    {"killed", NULL, die_by_kill},
    {"recursion", NULL, die_in_recursion},
    {"overflow", NULL, overflow},
    {"thread", NULL, die_on_thread},
    {"thread-overflow", NULL, overflow_on_thread},
    {"smashed", NULL, smash},
    {"wild-stack", NULL, die_with_wild_stack_pointer},
    {"signed", NULL, die_signed},
    {"frame-pointers", NULL, die_with_frame_pointers},
    {"frameless", NULL, die_in_frameless},
    {"hard", NULL, die_in_hard},
    {"marked", NULL, die_in_marked},
    {"in-handler", NULL, die_in_signal_handler},
    {"crashing-handler", install_crashing_handler, die_by_pointer},
    {"threads", NULL, die_among_threads},
    {"two-at-once", NULL, die_twice},
    {NULL, NULL, NULL},
};
