/* SPDX-License-Identifier: Apache-2.0
 *
 * By what a run is told from a later process with the same pid, in this boot or another, here or in another container.
 */
#define _GNU_SOURCE
#include "box.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec now = {0, 0};
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#ifdef __linux__
/* As text of at most `capacity` - 1 bytes, cut at the first line end; empty when it cannot be read. */
static void read_line(const char *path, char *text, size_t capacity) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = descriptor < 0 ? 0 : read(descriptor, text, capacity - 1);
    if (descriptor >= 0) close(descriptor);
    text[length > 0 ? length : 0] = 0;
    text[strcspn(text, "\n")] = 0;
}

/* Field 22 of proc_pid_stat(5). The name before it may hold blanks and parentheses; only numbers follow its last one.
 */
static uint64_t process_start_ticks(void) {
    char text[1024];
    read_line("/proc/self/stat", text, sizeof text);
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    return at ? strtoull(at + 1, NULL, 10) : 0;
}
#endif

void fl_box_identify(fl_box_header *header) {
    header->process_id = (uint32_t)getpid();
    header->started_realtime = nanoseconds(CLOCK_REALTIME);
    header->started_monotonic = nanoseconds(CLOCK_MONOTONIC);
    header->ended = 0;
    memset(&header->note, 0, sizeof header->note);
#ifdef __linux__
    struct stat status;
    header->process_start_ticks = process_start_ticks();
    header->pid_namespace = stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
    read_line("/proc/sys/kernel/random/boot_id", header->boot_id, sizeof header->boot_id);
#endif
}
