/* SPDX-License-Identifier: Apache-2.0
 *
 * `volatile` and `noinline` keep the optimiser from seeing the fault: it may assume that there is none. */
#undef NDEBUG
#include "faults.h"
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#define FAULT __attribute__((noinline))

FAULT void faults_write_to(uintptr_t address) { *(volatile int *)address = 42; }

FAULT int faults_read_from(uintptr_t address) { return *(volatile int *)address; }

FAULT void faults_call_null(void) {
    void (*volatile function)(void) = NULL;
    function();
    /* Not a tail call: this function is to be on the stack. */
    __asm__ volatile("");
}

FAULT void faults_free_twice(size_t size) {
    void *volatile block = malloc(size);
    free(block);
    free(block); /* again */
    /* Not a tail call: this function is to be on the stack. */
    __asm__ volatile("");
}

FAULT int faults_divide(int dividend, int divisor) {
    volatile int by = divisor;
    return dividend / by;
}

FAULT void faults_trap(void) { __builtin_trap(); }

FAULT int faults_recurse(int depth) {
    if (depth == 0) return 0;
    volatile int frame[16] = {depth};
    frame[1] = faults_recurse(depth - 1);
    return frame[0] + frame[1];
}

FAULT void faults_touch_beyond_file(void) {
    FILE *file = tmpfile();
    if (file == NULL) abort();
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    volatile char *map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    if (map == MAP_FAILED) abort();
    map[0] = 1;
}

FAULT void faults_assert(int never_zero) { assert(never_zero != 0); }

/* MARK: threads */

static pthread_barrier_t ready;

enum { THREADS_MAX = 4096 };
static int arrived[THREADS_MAX]; /* ids of those that have left the barrier behind */

static void arrive(void *number) {
    pthread_barrier_wait(&ready);
#ifdef __linux__
    int id = (int)syscall(SYS_gettid);
#else
    int id = 1;
#endif
    __atomic_store_n(&arrived[(uintptr_t)number], id, __ATOMIC_RELEASE);
}

FAULT static void *wait_in_poll(void *number) {
    arrive(number);
    for (;;) poll(NULL, 0, -1);
}

FAULT static void *wait_for_mutex(void *number) {
    static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    arrive(number);
    for (;;) pthread_mutex_lock(&held);
}

FAULT static void *work(void *number) {
    arrive(number);
    for (volatile unsigned long i = 0;; i++) {}
}

/* By the third field of its stat (proc(5)); where there is none, nobody can tell. */
static int is_asleep(int id) {
    char path[64], state = 'S';
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", id);
    FILE *file = fopen(path, "r");
    if (!file) return 1;
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = 'S';
    fclose(file);
    return state == 'S';
}

void faults_start_threads(int count) {
    if (count > THREADS_MAX) count = THREADS_MAX;
    pthread_barrier_init(&ready, NULL, (unsigned)count + 1);
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        void *(*start)(void *) = i == 0 ? work : i % 2 ? wait_in_poll : wait_for_mutex;
        if (pthread_create(&thread, NULL, start, (void *)(uintptr_t)i) != 0) abort();
    }
    pthread_barrier_wait(&ready);
    for (int i = 0; i < count; i++) {
        while (!__atomic_load_n(&arrived[i], __ATOMIC_ACQUIRE)) sched_yield();
        while (i && !is_asleep(arrived[i])) sched_yield();
    }
}

FAULT static void *crash(void *address) {
    pthread_barrier_wait(&ready);
    faults_write_to((uintptr_t)address);
    return NULL;
}

void faults_crash_twice(uintptr_t address) {
    pthread_barrier_init(&ready, NULL, 2);
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, crash, (void *)address) != 0) abort();
    }
    for (;;) pause();
}
