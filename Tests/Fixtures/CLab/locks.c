/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "crash.h"
#include "lab.h"
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int crash_in_callback(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)info, (void)size, (void)argument;
    crash();
    return 1;
}

void lab_crash_holding_loader_lock(void) { dl_iterate_phdr(crash_in_callback, NULL); }

void lab_crash_holding_stdio_lock(void) {
    flockfile(stderr);
    crash();
}

/* The next chunk of an unsorted bin is made to point at address 16. */
void lab_crash_in_allocator(void) {
    enum { SIZE = 4096 };
    char *volatile first = malloc(SIZE), *volatile second = malloc(SIZE);
    memset(first, 1, 1);
    memset(second, 1, 1);
    free(first);
    memset((void *)(uintptr_t)first, 0x41, 64); /* its links in the bin */
    for (int i = 0; i < 64; i++) {
        char *volatile more = malloc(SIZE - 64 * (size_t)i);
        memset(more, 1, 1);
    }
}

/* The result is written while the lock is held. */
void lab_crash_holding_time_zone_lock(void) {
    time_t now = 0;
    localtime_r(&now, (struct tm *)16);
}

/* The text is read while stdout's lock is held. */
void lab_print_bad_string(void) {
    printf("%s\n", (const char *)16);
    __asm__ volatile(""); /* no tail call */
}

static int compare(const void *one, const void *other) {
    (void)one, (void)other;
    crash();
    return 0;
}

void lab_crash_in_callback_of_libc(void) {
    int numbers[] = {3, 1, 2};
    qsort(numbers, 3, sizeof *numbers, compare);
}
#endif
