/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into a program (LD_PRELOAD): kills it by SIGKILL just before its KILL_AT_STEP-th call that changes the
 * disk, and says on standard error which call that would have been. The tests compile it; see RecoveryKillTests.swift.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long kill_at;
static const char *kill_at_path;
static long steps;

__attribute__((constructor)) static void read_wish(void) {
    const char *wish = getenv("KILL_AT_STEP");
    kill_at = wish ? atol(wish) : 0;
    kill_at_path = getenv("KILL_AT_PATH");
}

static void step(const char *call, const char *path) {
    bool is_step = __atomic_add_fetch(&steps, 1, __ATOMIC_RELAXED) == kill_at;
    if (!is_step && !(kill_at_path && strstr(path, kill_at_path))) return;
    char line[4352]; /* begins anew: a line of the program may be half out */
    int length = snprintf(line, sizeof line, "\nkilled before %s %.4096s\n", call, path);
    syscall(SYS_write, 2, line, (size_t)length);
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

/* The next definition of the same function: libc's. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                                                      \
        va_end(rest);                                                                                                  \
        if (flags & (O_CREAT | O_TRUNC)) step("open", path);                                                           \
        return NEXT(name)(path, flags, mode);                                                                          \
    }
OPEN(open)
OPEN(open64)

int mkdir(const char *path, mode_t mode) {
    step("mkdir", path);
    return NEXT(mkdir)(path, mode);
}

int rmdir(const char *path) {
    step("rmdir", path);
    return NEXT(rmdir)(path);
}

int unlink(const char *path) {
    step("unlink", path);
    return NEXT(unlink)(path);
}

int link(const char *from, const char *to) {
    step("link", to);
    return NEXT(link)(from, to);
}

int rename(const char *from, const char *to) {
    step("rename", to);
    return NEXT(rename)(from, to);
}

int fchmod(int file, mode_t mode) {
    step("fchmod", "");
    return NEXT(fchmod)(file, mode);
}

int fsync(int file) {
    step("fsync", "");
    return NEXT(fsync)(file);
}

int ftruncate(int file, off_t size) {
    step("ftruncate", "");
    return NEXT(ftruncate)(file, size);
}

int posix_fallocate(int file, off_t from, off_t size) {
    step("posix_fallocate", "");
    return NEXT(posix_fallocate)(file, from, size);
}

ssize_t write(int file, const void *bytes, size_t size) {
    step("write", "");
    return NEXT(write)(file, bytes, size);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
    step("pwrite", "");
    return NEXT(pwrite)(file, bytes, size, at);
}
