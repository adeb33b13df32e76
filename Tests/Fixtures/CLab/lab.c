/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "lab.h"

#ifdef __linux__
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALONE __attribute__((noinline))

ALONE static void crash(void) { *(volatile int *)16 = 42; }

/* MARK: locks */

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

/* MARK: nothing left */

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

/* MARK: stacks */

static void *crash_on_small_stack(void *unused) {
    static char small[16 * 1024];
    stack_t stack = {.ss_sp = small, .ss_size = sizeof small};
    sigaltstack(&stack, NULL);
    crash();
    return unused;
}

void lab_crash_on_foreign_alternate_stack(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, crash_on_small_stack, NULL) == 0) pthread_join(thread, NULL);
}

ALONE void lab_crash_with_smashed_stack(void) {
    volatile uintptr_t *frame = __builtin_frame_address(0);
    for (int i = 0; i < 64; i++) frame[i] = 0x4141414141414141u;
    crash();
}

void lab_crash_with_wild_stack_pointer(void) {
#if defined(__x86_64__)
    __asm__ volatile("movabsq $0x123456789000, %rsp\n movl $42, 16");
#else
    __asm__ volatile("mov x9, #0x1000\n mov sp, x9\n mov x9, #16\n str x9, [x9]");
#endif
}

ALONE void lab_jump_to(uintptr_t address) {
    void (*volatile function)(void) = (void (*)(void))address;
    function();
    __asm__ volatile("");
}

/* MARK: children */

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

/* MARK: rights */

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
        SYS_getpid,
        SYS_gettid,
        SYS_write,
        SYS_ftruncate,
        SYS_renameat,
        SYS_sched_yield,
        SYS_futex,
        SYS_openat,
        SYS_read,
        SYS_close,
        SYS_lseek,
        SYS_getdents64,
        SYS_fstat,
        SYS_rt_sigaction,
        SYS_timer_create,
        SYS_ppoll,
        SYS_exit_group,
        SYS_timer_settime,
        SYS_clock_gettime,
        SYS_prctl,
        SYS_sigaltstack,
        SYS_rt_sigprocmask,
        SYS_rt_tgsigqueueinfo,
        SYS_tgkill,
        SYS_rt_sigreturn,
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

/* MARK: handlers */

static void crash_in_handler(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info, (void)context;
    *(volatile int *)32 = 42;
}

void lab_install_crashing_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = crash_in_handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, NULL);
}

static void eat_stack(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info, (void)context;
    volatile char food[100 * 1024];
    for (size_t i = 0; i < sizeof food; i += 512) food[i] = (char)i;
}

void lab_install_hungry_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = eat_stack;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGABRT, &action, NULL);
}

static struct sigaction before;

static void chain(int signal, siginfo_t *info, void *context) { before.sa_sigaction(signal, info, context); }

void lab_crash_under_reset_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = chain;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND;
    sigaction(SIGSEGV, &action, &before);
    /* The walk then reads where nothing is. */
    lab_crash_with_smashed_stack();
}

static void repair(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    if ((uintptr_t)info->si_addr != LAB_PAGE) return;
    mmap((void *)LAB_PAGE, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

void lab_install_repairing_handler(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = repair;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, NULL);
}

void lab_fault_for_repair(int times) {
    for (int i = 0; i < times; i++) {
        *(volatile int *)LAB_PAGE = i;
        munmap((void *)LAB_PAGE, 4096);
    }
}

void lab_truncate_black_box(void) {
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        char *path = strchr(line, '/');
        line[strcspn(line, "\n")] = 0;
        if (path && strstr(path, "/blackbox") && truncate(path, 0) != 0) perror(path);
    }
    if (maps) fclose(maps);
}
#else
void lab_crash_holding_loader_lock(void) {}
void lab_crash_holding_stdio_lock(void) {}
void lab_crash_in_allocator(void) {}
void lab_crash_without_descriptors(void) {}
void lab_crash_without_memory(void) {}
void lab_crash_on_full_disk(const char *path) { (void)path; }
void lab_crash_on_foreign_alternate_stack(void) {}
void lab_crash_with_smashed_stack(void) {}
void lab_crash_with_wild_stack_pointer(void) {}
void lab_jump_to(uintptr_t address) { (void)address; }
int lab_crash_in_forked_child(void) { return -1; }
int lab_crash_in_vforked_child(void) { return -1; }
void lab_crash_after_setuid(void) {}
void lab_crash_under_seccomp(void) {}
void lab_install_crashing_handler(void) {}
void lab_truncate_black_box(void) {}
void lab_install_hungry_handler(void) {}
void lab_crash_under_reset_handler(void) {}
void lab_install_repairing_handler(void) {}
void lab_fault_for_repair(int times) { (void)times; }
#endif
