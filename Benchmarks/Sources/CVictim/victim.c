/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "victim.h"

#ifdef __linux__
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP_NANOSECONDS = 10000000 };

static victim_page *victim;

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t victim_clock(void) { return now(CLOCK_MONOTONIC); }

static void give_up(const char *what) {
    perror(what);
    _exit(64);
}

victim_page *victim_open(void) {
    victim = mmap(NULL, sizeof *victim, PROT_READ | PROT_WRITE, MAP_SHARED, VICTIM_PAGE, 0);
    if (victim == MAP_FAILED) give_up("no page; this program is started by the driver");
    return victim;
}

void victim_load(const char *directory) {
    uint64_t began = victim_clock();
    DIR *entries = opendir(directory);
    if (!entries) give_up(directory);
    for (struct dirent *entry; (entry = readdir(entries));) {
        char path[4096];
        if (!strstr(entry->d_name, ".so")) continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (!dlopen(path, RTLD_NOW)) give_up(dlerror());
        victim->libraries++;
    }
    closedir(entries);
    victim->load_time = victim_clock() - began;
}

/* MARK: where threads are */

enum role { IN_POLL, ON_MUTEX, BURNING, FAULTING };

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static uint32_t gate; /* a futex: woken at once, while a condition variable lets one through after the other */
static int burning;

static void warm_up(void) {
    uint64_t until = now(CLOCK_THREAD_CPUTIME_ID) + WARM_UP_NANOSECONDS;
    while (now(CLOCK_THREAD_CPUTIME_ID) < until) {}
}

/* In a section of its own: the linker says where it begins and ends. */
#define CODE __attribute__((noinline, section("victim_code")))
extern const char __start_victim_code[], __stop_victim_code[];

CODE static void be(enum role role) {
    switch (role) {
    case IN_POLL:
        for (;;) poll(NULL, 0, -1);
    case ON_MUTEX:
        for (;;) pthread_mutex_lock(&held);
    case BURNING:
        while (!__atomic_load_n(&gate, __ATOMIC_ACQUIRE)) syscall(SYS_futex, &gate, FUTEX_WAIT_PRIVATE, 0, NULL);
        __atomic_add_fetch(&burning, 1, __ATOMIC_RELEASE);
        for (volatile unsigned long i = 0;; i++) {}
    case FAULTING:
        warm_up();
        victim->fault_time = victim_clock();
        *(volatile int *)16 = 42;
    }
}

CODE static void descend(int levels, enum role role) {
    if (levels > 2) descend(levels - 1, role);
    else be(role);
    __asm__ volatile(""); /* no tail call: each level is to be on the stack */
}

static void *thread(void *role) {
    descend(VICTIM_DEPTH, (enum role)(intptr_t)role);
    return NULL;
}

/* The state stands behind the name in parentheses (proc(5), /proc/pid/stat). */
static char state_of(const char *id) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", id);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : -1;
    if (file >= 0) close(file);
    if (length <= 0) return 0;
    text[length] = 0;
    const char *name_end = strrchr(text, ')');
    return name_end && name_end[1] ? name_end[2] : 0;
}

static bool others_sleep(void) {
    bool asleep = true;
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks) give_up("/proc/self/task");
    for (struct dirent *entry; asleep && (entry = readdir(tasks));)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != gettid()) asleep = state_of(entry->d_name) == 'S';
    closedir(tasks);
    return asleep;
}

void victim_start_threads(int count, int burners) {
    pthread_mutex_lock(&held);
    for (int i = 0; i < count; i++) {
        pthread_t id;
        /* Burner number b is the first thread for which (i + 1) * burners / count reaches b. */
        bool burns = (i + 1) * burners / count != i * burners / count;
        enum role role = burns ? BURNING : i % 2 ? ON_MUTEX : IN_POLL;
        if (pthread_create(&id, NULL, thread, (void *)(intptr_t)role) != 0) give_up("pthread_create");
    }
    while (!others_sleep()) sched_yield();
    __atomic_store_n(&gate, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &gate, FUTEX_WAKE_PRIVATE, count);
    while (__atomic_load_n(&burning, __ATOMIC_ACQUIRE) < burners) sched_yield();
}

void victim_await_go(void) {
    char byte = 1;
    if (write(VICTIM_READY, &byte, 1) != 1 || read(VICTIM_GO, &byte, 1) != 1) _exit(0);
}

void victim_crash(void) {
    victim->code_begin = (uint64_t)(uintptr_t)__start_victim_code;
    victim->code_end = (uint64_t)(uintptr_t)__stop_victim_code;
    descend(VICTIM_DEPTH, FAULTING);
}
#endif
