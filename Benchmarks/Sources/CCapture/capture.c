/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "capture.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t capture_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void capture_sleep_until(uint64_t time) {
    struct timespec then = {(time_t)(time / 1000000000u), (long)(time % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR) {}
}

/* A field of proc_pid_status(5). */
static uint64_t status(const char *field) {
    char line[256];
    unsigned long long value = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0) sscanf(line + strlen(field), ": %llu", &value);
    if (file) fclose(file);
    return value;
}

uint64_t capture_resident(void) { return status("VmRSS"); }
uint64_t capture_peak_resident(void) { return status("VmHWM"); }

static pthread_barrier_t barrier;

void capture_meet(void) { pthread_barrier_wait(&barrier); }

typedef struct {
    void *context;
    void (*body)(void *, int);
    int number;
} start;

static void *begin(void *argument) {
    start *mine = argument;
    capture_meet();
    mine->body(mine->context, mine->number);
    return NULL;
}

void capture_on_threads(int count, void *context, void (*body)(void *context, int number)) {
    enum { THREADS_MAX = 64 };
    pthread_t threads[THREADS_MAX];
    start starts[THREADS_MAX];
    if (count < 1 || count > THREADS_MAX || pthread_barrier_init(&barrier, NULL, (unsigned)count)) abort();
    for (int i = 0; i < count; i++) {
        starts[i] = (start){context, body, i};
        if (pthread_create(&threads[i], NULL, begin, &starts[i])) abort();
    }
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
}

void capture_sync_for_ever(const char *path) {
    static char bytes[1 << 20];
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (uint64_t i = 0; file >= 0; i++) {
        memset(bytes, (int)i, sizeof bytes);
        if (pwrite(file, bytes, sizeof bytes, (off_t)(i % 16) << 20) < 0 || fsync(file)) break;
    }
    perror(path);
    _exit(1);
}

static int compare(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

void capture_sort(uint32_t *values, size_t count) { qsort(values, count, sizeof *values, compare); }
