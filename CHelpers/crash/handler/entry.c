/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the kernel enters. What runs before the switch to the reporter's stack stays below 2 KiB of stack. */
#ifdef __linux__
#define _GNU_SOURCE
#include "attempt.h"
#include "blackbox_repair.h"
#include "checked_load.h"
#include "crash_state.h"
#include "other_crashes.h"
#include "previous.h"
#include "syscalls.h"

fl_crash_state fl_as_state;

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
        ".size fl_as_call_on_stack, .-fl_as_call_on_stack\n");
#else
__asm__(".text\n"
        ".globl fl_as_call_on_stack\n"
        ".type fl_as_call_on_stack, @function\n"
        "fl_as_call_on_stack:\n"
        "    .cfi_startproc\n"
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

void fl_as_handle_signal(int signal, siginfo_t *info, void *context) {
    if ((signal == SIGSEGV || signal == SIGBUS) && fl_as_load_recovers(context)) return;
    if (fl_as_box_repairs(signal, info)) return;
    if (fl_as_getpid() != fl_as_state.process) { /* a forked child: the run and its files are the parent's */
        fl_as_hand_over(signal, info, context);
        return;
    }
    if (fl_as_state.previous_first && !__atomic_load_n(&fl_as_state.owner, __ATOMIC_ACQUIRE) &&
        fl_as_previous_repairs(signal, info, context))
        return;
    int nobody = 0, self = fl_as_gettid();
    if (!__atomic_compare_exchange_n(&fl_as_state.owner, &nobody, self, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        if (nobody != self) { /* another thread reports, and ends the process */
            fl_as_note_other_crash(self, signal, info);
            fl_as_wait_for_ever();
        }
        if (fl_as_attempt_ends(context)) return; /* a stage of the report is lost, not the report */
        fl_as_hand_over(fl_as_state.signal, fl_as_state.info, fl_as_state.context);
        return;
    }
    fl_as_state.signal = signal;
    fl_as_state.info = info;
    fl_as_state.context = context;

    fl_as_call_on_stack(fl_as_state.reporter_stack_top, fl_as_report, NULL);
    fl_as_hand_over(signal, info, context);
}
#endif
