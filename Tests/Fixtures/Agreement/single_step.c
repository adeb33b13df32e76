/* SPDX-License-Identifier: Apache-2.0
 *
 * Each instruction that the main thread executes for the first time is a place to compare at: prologues and epilogues,
 * which samples seldom meet. The processor's trap flag raises SIGTRAP after each instruction (Intel SDM, volume 3,
 * 18.3.1.4); where a program cannot set it, on aarch64, there is no such run. */
#define _GNU_SOURCE
#include "single_step.h"
#include "../../../CHelpers/crash/handler/checked_load.h"
#include "../../../CHelpers/crash/handler/syscalls.h"
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#if defined(__x86_64__)
enum { TRAP_FLAG = 0x100 };

static bool (*walk)(const void *context);
static uint64_t left;
static int main_thread;

/* By the lower bits; two places for one bit cost a comparison. */
static bool is_new(uint64_t pc) {
    enum { BITS = 1 << 24 };
    static uint8_t seen[BITS / 8];
    uint8_t *byte = &seen[pc % BITS / 8], bit = (uint8_t)(1u << pc % 8);
    bool was = *byte & bit;
    *byte |= bit;
    return !was;
}

/* The kernel kills a process that traps while SIGTRAP is blocked, and libc blocks all signals in passing. */
static void keep_open(greg_t *registers, uint64_t pc) {
    static const uint8_t system_call[] = {0x0f, 0x05};
    static uint64_t set;
    uint8_t code[sizeof system_call];
    uint64_t wanted = (uint64_t)registers[REG_RSI];
    if (registers[REG_RAX] != SYS_rt_sigprocmask || registers[REG_RDI] == SIG_UNBLOCK || !wanted) return;
    if (fl_as_load_bytes(pc, code, sizeof code) != sizeof code || memcmp(code, system_call, sizeof code) != 0) return;
    if (!fl_as_load(wanted, &set)) return;
    set &= ~((uint64_t)1 << (SIGTRAP - 1));
    registers[REG_RSI] = (greg_t)(uintptr_t)&set;
}

static void handle_step(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint64_t pc = (uint64_t)registers[REG_RIP];
    /* A new thread, or a forked child, begins with its parent's flags. */
    if (left == 0 || fl_as_gettid() != main_thread) {
        registers[REG_EFL] &= ~TRAP_FLAG;
        return;
    }
    left--;
    registers[REG_EFL] |= TRAP_FLAG;
    if (is_new(pc)) walk(context);
    keep_open(registers, pc);
}

void single_step(uint64_t instructions, bool (*at_each)(const void *context)) {
    install_handler(SIGTRAP, handle_step);
    walk = at_each; /* from here on nobody else installs one */
    left = instructions;
    main_thread = fl_as_gettid();
    raise(SIGTRAP);
}
/* A handler of the program's own, Faultline's too, would take the first step for its death. */
__attribute__((visibility("default"))) int sigaction(int signal, const struct sigaction *action,
                                                     struct sigaction *old) {
    static int (*real)(int, const struct sigaction *, struct sigaction *);
    if (!real) real = (int (*)(int, const struct sigaction *, struct sigaction *))dlsym(RTLD_NEXT, "sigaction");
    if (signal != SIGTRAP || !walk || !action) return real(signal, action, old);
    if (old) memset(old, 0, sizeof *old);
    return 0;
}
#else
void single_step(uint64_t instructions, bool (*at_each)(const void *context)) { (void)instructions, (void)at_each; }
#endif
