/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "crash.h"
#include "lab.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

void lab_crash_without_descriptors(void) {
    struct rlimit limit = {512, 512};
    setrlimit(RLIMIT_NOFILE, &limit);
    while (open("/dev/null", O_RDONLY) >= 0) {}
    crash();
}

void lab_crash_without_memory(void) {
    struct rlimit limit = {1, 1};
    setrlimit(RLIMIT_AS, &limit);
    crash();
}

void lab_crash_on_full_disk(const char *path) {
    static const char zeros[4096];
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    while (write(file, zeros, sizeof zeros) > 0) {}
    crash();
}

/* The size of the process, from statm(5): its first number counts pages. */
void lab_crash_with_a_megabyte_left(void) {
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%lu", &pages) != 1) return;
    fclose(statm);
    rlim_t size = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (1 << 20);
    struct rlimit limit = {size, size};
    setrlimit(RLIMIT_AS, &limit);
    crash();
}

void lab_crash_without_queued_signals(void) {
    struct rlimit limit = {0, 0};
    setrlimit(RLIMIT_SIGPENDING, &limit);
    crash();
}

/* libdispatch traps when it finds its own gone. */
static bool is_libdispatch(int descriptor) {
    static const char kind[] = "anon_inode:";
    char name[64], path[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    return readlink(name, path, sizeof path) >= (ssize_t)sizeof kind && memcmp(path, kind, sizeof kind - 1) == 0;
}

/* As a daemon does; then it opens files of its own, which get the numbers of those closed. */
void lab_crash_with_all_descriptors_closed(const char *path) {
    for (int i = 3; i < 1024; i++)
        if (!is_libdispatch(i)) close(i);
    for (int i = 3; i < 260; i++) open(path, O_RDWR | O_CREAT, 0600);
    crash();
}
#endif
