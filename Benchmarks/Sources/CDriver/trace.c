/* SPDX-License-Identifier: Apache-2.0
 *
 * The victim's crash under ptrace(2). Slow, hence never timed. */
#define _GNU_SOURCE
#include "driver.h"

#ifdef __linux__
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

/* Threads that begin later are traced from their first instruction on. */
static const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
enum { SYSTEM_CALL_STOP = SIGTRAP | 0x80 };

/* All threads: until a look finds none that is new. */
static int seize(pid_t process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", process);
    for (bool found = true; found;) {
        found = false;
        DIR *tasks = opendir(path);
        if (!tasks) return errno;
        for (struct dirent *entry; (entry = readdir(tasks));) {
            pid_t id = atoi(entry->d_name);
            if (id <= 0) continue;
            if (ptrace(PTRACE_SEIZE, id, NULL, options) == 0) found = true;
            else if (errno != EPERM && errno != ESRCH) { /* EPERM: it is traced already */ int error = errno;
                closedir(tasks);
                return error;
            }
        }
        closedir(tasks);
    }
    return 0;
}

/* The next stop or end of a traced thread; -1 with errno ETIMEDOUT when there is none for as long as this. */
static pid_t await_child(int *status) {
    static const struct timespec patience = {.tv_sec = 30};
    sigset_t child, before;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    pid_t thread;
    while ((thread = waitpid(-1, status, __WALL | WNOHANG)) == 0) {
        if (sigtimedwait(&child, NULL, &patience) >= 0 || errno == EINTR) continue;
        errno = ETIMEDOUT;
        thread = -1;
        break;
    }
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return thread;
}

/* MARK: system calls */

static void count(driver_calls *calls, int number, bool by_reporter) {
    uint32_t place = 0;
    while (place < calls->count && calls->call[place].number != number) place++;
    if (place == DRIVER_CALLS_MAX) return;
    if (place == calls->count) calls->call[calls->count++] = (driver_call){.number = number};
    if (by_reporter) calls->call[place].by_reporter++;
    else calls->call[place].by_others++;
}

static bool entered(pid_t thread, int *number) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0) return false;
    *number = (int)info.entry.nr;
    return info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* Threads run freely until a signal reaches them; from then on each system call stops them. */
int driver_count_calls(driver_process *process, driver_calls *calls) {
    *calls = (driver_calls){0};
    int error = seize(process->id);
    if (!error) error = driver_go(process);
    while (!error) {
        int status, number;
        pid_t thread = await_child(&status);
        if (thread < 0) return errno;
        bool reporter = thread == process->id;
        if (!WIFSTOPPED(status)) {
            if (!reporter) continue;
            process->id = 0; /* its threads were reaped before */
            return WIFSIGNALED(status) ? 0 : ECHILD;
        }
        int signal = WSTOPSIG(status), event = status >> 16;
        long deliver = 0;
        if (signal == SYSTEM_CALL_STOP) {
            if (entered(thread, &number)) count(calls, number, reporter);
        } else if (!event) {
            deliver = signal;
            calls->faults += reporter;
        }
        /* A thread that is killed meanwhile is gone: its end is reported next. */
        bool free = calls->faults == 0;
        if (ptrace(free ? PTRACE_CONT : PTRACE_SYSCALL, thread, NULL, deliver) != 0 && errno != ESRCH) error = errno;
    }
    return error;
}

/* MARK: the stack */

static int stack_pointer(pid_t thread, uint64_t *value) {
    struct user_regs_struct registers;
    struct iovec all = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &all) != 0) return errno;
#if defined(__x86_64__)
    *value = registers.rsp;
#else
    *value = registers.sp;
#endif
    return 0;
}

/* ECHILD: it did not stop any more. */
static int await_stop(pid_t thread, int *signal) {
    int status;
    pid_t stopped = await_child(&status);
    if (stopped != thread) return stopped < 0 ? errno : ECHILD;
    if (!WIFSTOPPED(status)) return ECHILD;
    *signal = WSTOPSIG(status);
    return 0;
}

/* One instruction further; with a signal to deliver, to the first one of its handler. */
static int step(pid_t thread, int deliver, uint64_t *stack) {
    int signal = 0, error = 0;
    if (ptrace(PTRACE_SINGLESTEP, thread, NULL, (long)deliver) != 0) return errno;
    error = await_stop(thread, &signal);
    if (!error && signal != SIGTRAP) error = ENOTSUP; /* a fault in the handler, before it has left the stack */
    return error ? error : stack_pointer(thread, stack);
}

int driver_measure_stack(driver_process *process, uint64_t *bytes, uint64_t *instructions) {
    /* Farther than this in one instruction is another stack: no frame of the handler is as large. */
    const uint64_t far = 64 * 1024;
    pid_t thread = process->id;
    int signal = 0, error = 0;
    uint64_t top = 0, stack = 0, lowest;
    if (ptrace(PTRACE_SEIZE, thread, NULL, options) != 0) return errno;
    error = driver_go(process);
    if (!error) error = await_stop(thread, &signal);
    if (!error && signal != SIGSEGV) error = ENOTSUP;
    if (!error) error = step(thread, signal, &top);
    lowest = stack = top;
    *instructions = 0;
    while (!error) {
        error = step(thread, 0, &stack);
        ++*instructions;
        if (stack > top + far || stack + far < lowest) break;
        if (stack < lowest) lowest = stack;
    }
    *bytes = top - lowest;
    driver_end(process);
    return error;
}
#endif
