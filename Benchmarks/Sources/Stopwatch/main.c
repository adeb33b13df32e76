/* SPDX-License-Identifier: Apache-2.0
 *
 * Stopwatch INPUT OUTPUT ERRORS PROGRAM ARGUMENT…: runs a program, and prints its time in nanoseconds, its peak RSS in
 * KiB, and its status as waitpid(2) has it. A small program of its own, since the peak of a process begins with what
 * its parent had when it was forked (exec_mmap() in fs/exec.c). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int redirect(int descriptor, const char *path, int flags) {
    int file = open(path, flags, 0600);
    return file < 0 || dup2(file, descriptor) < 0 ? -1 : close(file);
}

int main(int count, char **arguments) {
    if (count < 5) return 64;
    uint64_t began = now();
    pid_t child = fork();
    if (child == 0) {
        if (redirect(0, arguments[1], O_RDONLY) == 0 && redirect(1, arguments[2], O_WRONLY | O_CREAT | O_TRUNC) == 0 &&
            redirect(2, arguments[3], O_WRONLY | O_CREAT | O_TRUNC) == 0)
            execvp(arguments[4], arguments + 4);
        perror(arguments[4]);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("Stopwatch");
        return 1;
    }
    printf("%llu %ld %d\n", (unsigned long long)(now() - began), usage.ru_maxrss, status);
    return 0;
}
