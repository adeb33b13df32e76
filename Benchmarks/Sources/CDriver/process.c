/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "driver.h"

#ifdef __linux__
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* MARK: start and end */

static void close_one(int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
}

/* Above the numbers that the victim sees, so that none is overwritten before it is copied. */
static int move_up(int *descriptor) {
    int high = fcntl(*descriptor, F_DUPFD_CLOEXEC, 16);
    close_one(descriptor);
    return *descriptor = high;
}

static int make_pipe(int *reader, int *writer) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    *reader = ends[0];
    *writer = ends[1];
    return move_up(reader) < 0 || move_up(writer) < 0 ? errno : 0;
}

static int spawn(const char *const *arguments, const char *const *environment, const char *output, int page, int ready,
                 int go, pid_t *id) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    posix_spawn_file_actions_adddup2(&actions, page, VICTIM_PAGE);
    posix_spawn_file_actions_adddup2(&actions, ready, VICTIM_READY);
    posix_spawn_file_actions_adddup2(&actions, go, VICTIM_GO);
    int error = posix_spawn(id, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments,
                            (char *const *)(uintptr_t)environment);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int driver_start(const char *const *arguments, const char *const *environment, const char *output,
                 driver_process *process) {
    *process = (driver_process){.watch = -1, .ready = -1, .go = -1};
    int page = memfd_create("page", MFD_CLOEXEC), ready = -1, go = -1, error = 0;
    if (page < 0 || move_up(&page) < 0 || ftruncate(page, sizeof *process->page) != 0) error = errno;
    if (!error) {
        void *memory = mmap(NULL, sizeof *process->page, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
        if (memory == MAP_FAILED) error = errno;
        else process->page = memory;
    }
    if (!error) error = make_pipe(&process->ready, &ready);
    if (!error) error = make_pipe(&go, &process->go);
    if (!error) error = spawn(arguments, environment, output, page, ready, go, &process->id);
    close_one(&page);
    close_one(&ready);
    close_one(&go);
    if (!error && (process->watch = (int)syscall(SYS_pidfd_open, process->id, 0)) < 0) error = errno;
    if (error) driver_end(process);
    return error;
}

void driver_end(driver_process *process) {
    if (process->id > 0) {
        kill(process->id, SIGKILL);
        /* Threads that were traced are reaped one by one, the first of them last. */
        for (pid_t id = 0; id != process->id;)
            if ((id = waitpid(-1, NULL, __WALL)) < 0) break;
    }
    process->id = 0;
    close_one(&process->watch);
    close_one(&process->ready);
    close_one(&process->go);
    if (process->page) munmap(process->page, sizeof *process->page);
    process->page = NULL;
}

int driver_await_ready(const driver_process *process, int seconds) {
    struct pollfd events[] = {{.fd = process->ready, .events = POLLIN}};
    int count = poll(events, 1, seconds * 1000);
    if (count <= 0) return count == 0 ? ETIMEDOUT : errno;
    char byte;
    return read(process->ready, &byte, 1) == 1 ? 0 : ECHILD;
}

int driver_go(const driver_process *process) { return write(process->go, "", 1) == 1 ? 0 : errno; }

/* MARK: death */

static bool has_grown(int inotify) {
    union {
        struct inotify_event first;
        char bytes[4096];
    } events;
    ssize_t length = read(inotify, &events, sizeof events);
    for (ssize_t at = 0; at < length;) {
        const struct inotify_event *event = (const void *)(events.bytes + at);
        if (event->len && strncmp(event->name, "crash.envelope", strlen("crash.envelope")) == 0) return true;
        at += (ssize_t)(sizeof *event + event->len);
    }
    return false;
}

static int await_death(driver_process *process, int inotify, int seconds, driver_death *death) {
    struct pollfd events[] = {{.fd = process->watch, .events = POLLIN}, {.fd = inotify, .events = POLLIN}};
    for (;;) {
        int count = poll(events, 2, seconds * 1000); /* a negative descriptor is ignored */
        uint64_t time = now();
        if (count <= 0) return count == 0 ? ETIMEDOUT : errno;
        if (events[1].revents && has_grown(inotify)) death->envelope_time = time;
        if (!events[0].revents) continue;
        if (waitpid(process->id, &death->status, 0) != process->id) return errno;
        death->death_time = now();
        process->id = 0;
        return 0;
    }
}

int driver_go_and_await_death(driver_process *process, const char *directory, int seconds, driver_death *death) {
    *death = (driver_death){0};
    int inotify = -1, error = 0;
    if (directory) {
        inotify = inotify_init1(IN_CLOEXEC);
        if (inotify < 0 || inotify_add_watch(inotify, directory, IN_MODIFY) < 0) error = errno;
    }
    if (!error) error = driver_go(process);
    if (!error) error = await_death(process, inotify, seconds, death);
    close_one(&inotify);
    return error;
}
#endif
