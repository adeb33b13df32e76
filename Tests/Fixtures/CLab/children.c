/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "crash.h"
#include "lab.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int lab_crash_in_forked_child(void) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        crash();
        _exit(7);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

int lab_run_in_forked_child(void (*body)(void)) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        body();
        exit(0);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
int lab_crash_in_vforked_child(void) {
    int status = 0;
    pid_t child = vfork();
    if (child == 0) {
        crash();
        _exit(7);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}
#pragma clang diagnostic pop

void lab_crash_after_fork(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    crash();
}

static void *fork_for_ever(void *unused) {
    for (;;) {
        pid_t child = fork();
        if (child == 0) {
            crash();
            _exit(7);
        }
        if (child > 0) waitpid(child, NULL, 0);
    }
    return unused;
}

void lab_crash_while_forking(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, fork_for_ever, NULL);
    usleep(20000);
    crash();
}

int lab_wait_for_no_child(void) {
    int status = 0;
    return waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD ? 0 : 1;
}

/* Its parent is frozen until it ends: it ends with the parent. */
static void *freeze(void *announce) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    pid_t child = vfork();
#pragma clang diagnostic pop
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        char byte = 1;
        if (write(*(int *)announce, &byte, 1) != 1) _exit(1);
        for (;;) pause();
    }
    return NULL;
}

void lab_crash_beside_frozen_thread(void) {
    pthread_t thread;
    int pipes[2];
    char byte;
    if (pipe(pipes) != 0 || pthread_create(&thread, NULL, freeze, &pipes[1]) != 0) return;
    if (read(pipes[0], &byte, 1) == 1) crash();
}
#endif
