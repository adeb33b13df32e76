/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "crash.h"
#include "lab.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *sleep_for_ever(void *unused) {
    for (;;) pause();
    return unused;
}

void lab_crash_after_setuid(void) {
    pthread_t thread;
    for (int i = 0; i < 8; i++) pthread_create(&thread, NULL, sleep_for_ever, NULL);
    if (setgid(65534) != 0 || setuid(65534) != 0) return;
    crash();
}

/* What handler/syscalls.h has, and what the kernel needs to deliver and end a signal. */
void lab_crash_under_seccomp(void) {
    static const int allowed[] = {
        SYS_getpid,          SYS_gettid,
        SYS_write,           SYS_renameat,
        SYS_sched_yield,     SYS_futex,
        SYS_openat,          SYS_read,
        SYS_close,           SYS_lseek,
        SYS_getdents64,      SYS_fstat,
        SYS_rt_sigaction,    SYS_timer_create,
        SYS_ppoll,           SYS_exit_group,
        SYS_timer_settime,   SYS_clock_gettime,
        SYS_prctl,           SYS_sigaltstack,
        SYS_rt_sigprocmask,  SYS_rt_tgsigqueueinfo,
        SYS_tgkill,          SYS_rt_sigreturn,
        SYS_restart_syscall,
    };
    enum { COUNT = sizeof allowed / sizeof *allowed };
    static struct sock_filter filter[COUNT + 3];
    filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < COUNT; i++)
        filter[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i],
                                                     (unsigned char)(COUNT - i), 0);
    filter[COUNT + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    filter[COUNT + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {COUNT + 3, filter};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* For this thread only: it is the one that reports. The others' own work is not ours. */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) crash();
}

/* A filter that traps, as a sandbox may: si_code is SYS_SECCOMP, and the kernel forces the signal. */
void lab_call_forbidden(void) {
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) getppid();
}
#endif
