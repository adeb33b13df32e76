/* SPDX-License-Identifier: Apache-2.0 */
#include "driver.h"

#ifdef __linux__
#include <sys/syscall.h>

/* Those of CHelpers/crash/handler/syscalls.h; any other is shown by its number. */
const char *driver_call_name(int number) {
    switch (number) {
    case SYS_clock_gettime: return "clock_gettime";
    case SYS_close: return "close";
    case SYS_exit_group: return "exit_group";
    case SYS_fstat: return "fstat";
    case SYS_ftruncate: return "ftruncate";
    case SYS_futex: return "futex";
    case SYS_getdents64: return "getdents64";
    case SYS_getpid: return "getpid";
    case SYS_gettid: return "gettid";
    case SYS_lseek: return "lseek";
    case SYS_mmap: return "mmap";
    case SYS_openat: return "openat";
    case SYS_ppoll: return "ppoll";
    case SYS_prctl: return "prctl";
    case SYS_read: return "read";
    case SYS_renameat: return "renameat";
    case SYS_rt_sigaction: return "rt_sigaction";
    case SYS_rt_sigprocmask: return "rt_sigprocmask";
    case SYS_rt_sigreturn: return "rt_sigreturn";
    case SYS_rt_tgsigqueueinfo: return "rt_tgsigqueueinfo";
    case SYS_sched_yield: return "sched_yield";
    case SYS_sigaltstack: return "sigaltstack";
    case SYS_tgkill: return "tgkill";
    case SYS_timer_create: return "timer_create";
    case SYS_timer_settime: return "timer_settime";
    case SYS_write: return "write";
    default: return 0;
    }
}
#endif
