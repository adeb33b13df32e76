/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the kernel enters. What runs before the switch to the reporter's stack stays below 2 KiB of stack. */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "attempt.h"
#include "checked_load.h"
#include "crash_state.h"
#include "machine.h"
#include "mapping_guard.h"
#include "other_crashes.h"
#include "previous.h"
#include "syscalls.h"

fl_crash_state fl_as_state = {.envelope = -1, .directory = -1, .tasks = -1, .spare = -1};

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl fl_as_call_on_stack\n"
        ".type fl_as_call_on_stack, @function\n"
        "fl_as_call_on_stack:\n"
        "    .cfi_startproc\n"
        "    pushq %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    movq %rsp, %rbp\n"
        "    .cfi_def_cfa_register %rbp\n"
        "    movq %rdi, %rsp\n"
        "    movq %rdx, %rdi\n"
        "    callq *%rsi\n"
        "    movq %rbp, %rsp\n"
        "    popq %rbp\n"
        "    .cfi_def_cfa %rsp, 8\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size fl_as_call_on_stack, .-fl_as_call_on_stack\n"
        /* As glibc writes it (sysdeps/unix/sysv/linux/x86_64/libc_sigaction.c): debuggers know it by these bytes. */
        ".globl fl_as_return_from_signal\n"
        ".type fl_as_return_from_signal, @function\n"
        "fl_as_return_from_signal:\n"
        "    movq $15, %rax\n"
        "    syscall\n"
        ".size fl_as_return_from_signal, .-fl_as_return_from_signal\n");
#else
__asm__(".text\n"
        ".globl fl_as_call_on_stack\n"
        ".type fl_as_call_on_stack, @function\n"
        "fl_as_call_on_stack:\n"
        "    .cfi_startproc\n"
        "    hint #34\n" /* bti c, see attempt.c */
        "    stp x29, x30, [sp, #-16]!\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset x29, -16\n"
        "    .cfi_offset x30, -8\n"
        "    mov x29, sp\n"
        "    .cfi_def_cfa x29, 16\n"
        "    mov sp, x0\n"
        "    mov x0, x2\n"
        "    blr x1\n"
        "    mov sp, x29\n"
        "    ldp x29, x30, [sp], #16\n"
        "    .cfi_def_cfa sp, 0\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size fl_as_call_on_stack, .-fl_as_call_on_stack\n");
#endif

/* On the reporter's stack. The alternate stack is off until the end: a fault in here would else start its handler at
 * the top of it, where our caller's frames and the kernel's are. */
static void report_first(void *unused) {
    (void)unused;
    stack_t off = {.ss_flags = SS_DISABLE}, alternate;
    bool was_on = fl_as_alternate_stack(&off, &alternate) == 0;
    fl_as_report();
    fl_as_let_previous(fl_as_state.signal, fl_as_state.info, fl_as_state.context);
    if (was_on) fl_as_alternate_stack(&alternate, NULL);
}

/* What comes to the reporting thread once more. */
static void handle_own(int signal, siginfo_t *info, ucontext_t *context) {
    if (context == fl_as_state.context) return; /* somebody whom we have called calls us in turn */
    if (info->si_code == SI_USER || info->si_code == SI_QUEUE) return; /* it dies already */
    if (signal == SIGSYS && info->si_code == 1 /* SYS_SECCOMP */) {
        fl_as_answer_system_call(context, -38 /* ENOSYS */);
        return;
    }
    if (fl_as_attempt_ends(context)) return; /* a stage of the report is lost, not the report */
    fl_as_die(fl_as_state.signal, fl_as_state.info, fl_as_state.context);
}

/* The service has chosen to survive this signal when somebody sends it. A fault of its own it would not survive: the
 * kernel forces that one (force_sig_info in kernel/signal.c of Linux). */
static bool is_ignored(int signal, const siginfo_t *info) {
    const struct sigaction *previous = &fl_as_state.previous[signal];
    return info->si_code <= 0 && !(previous->sa_flags & SA_SIGINFO) && previous->sa_handler == SIG_IGN;
}

void fl_as_handle_signal(int signal, siginfo_t *info, void *context) {
    if ((signal == SIGSEGV || signal == SIGBUS) && fl_as_load_recovers(context)) return;
    if (fl_as_guard_repairs(signal, info) || is_ignored(signal, info)) return;
    int self = fl_as_gettid();
    if (fl_as_getpid() != fl_as_state.process) { /* of vfork or clone: memory and files may be the parent's */
        static int handing_over;                 /* not the owner: a child of vfork shares it with its parent */
        if (handing_over == self && fl_as_attempt_ends(context)) return;
        handing_over = self;
        fl_as_let_previous(signal, info, context);
        fl_as_die(signal, info, context);
        return;
    }
    if (fl_as_state.previous_first && !__atomic_load_n(&fl_as_state.owner, __ATOMIC_ACQUIRE) &&
        fl_as_previous_repairs(signal, info, context))
        return;
    int nobody = 0;
    if (!__atomic_compare_exchange_n(&fl_as_state.owner, &nobody, self, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        if (nobody != self) { /* another thread reports, and ends the process */
            fl_as_note_other_crash(self, signal, info);
            fl_as_wait_for_ever();
        }
        handle_own(signal, info, context);
        return;
    }
    fl_as_state.signal = signal;
    fl_as_state.info = info;
    fl_as_state.context = context;

    fl_as_call_on_stack(fl_as_state.reporter_stack_top, report_first, NULL);
    fl_as_die(signal, info, context);
}
#include "uninstrumented_end.h"
#endif
