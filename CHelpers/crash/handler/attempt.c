/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "attempt.h"
#include "signal_names.h"
#include "threads.h"
#include <stdint.h>

/* Where the stack pointer was when the stage was called, with the callee-saved registers above it; 0: no attempt. */
__attribute__((visibility("hidden"))) uint64_t fl_as_attempt_stack;
/* Hidden: else compilers reach the label by the global offset table, where binutils' assembler for aarch64 loses its
 * distance from the section's beginning. */
extern const char fl_as_attempt_over[] __attribute__((visibility("hidden")));

/* bool fl_as_attempt(void (*stage)(void)). The label is reached with 1 (returned) or 0 (sent here) as the result. */
#if defined(__x86_64__)
__asm__(".text\n"
        ".globl fl_as_attempt\n"
        ".type fl_as_attempt, @function\n"
        "fl_as_attempt:\n"
        "    .cfi_startproc\n"
        "    pushq %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    movq %rsp, %rbp\n"
        "    .cfi_def_cfa_register %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    subq $8, %rsp\n" /* the call wants 16-byte alignment */
        "    movq %rsp, fl_as_attempt_stack(%rip)\n"
        "    callq *%rdi\n"
        "    movl $1, %eax\n"
        "fl_as_attempt_over:\n"
        "    movq $0, fl_as_attempt_stack(%rip)\n"
        "    addq $8, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    .cfi_def_cfa %rsp, 8\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size fl_as_attempt, .-fl_as_attempt\n");
#else
__asm__(".text\n"
        ".globl fl_as_attempt\n"
        ".type fl_as_attempt, @function\n"
        "fl_as_attempt:\n"
        "    .cfi_startproc\n"
        "    hint #34\n" /* bti c: in a shared library, stubs of the linker jump here */
        "    stp x29, x30, [sp, #-160]!\n"
        "    .cfi_def_cfa_offset 160\n"
        "    .cfi_offset x29, -160\n"
        "    .cfi_offset x30, -152\n"
        "    mov x29, sp\n"
        "    stp x19, x20, [sp, #16]\n"
        "    stp x21, x22, [sp, #32]\n"
        "    stp x23, x24, [sp, #48]\n"
        "    stp x25, x26, [sp, #64]\n"
        "    stp x27, x28, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n" /* the lower halves are preserved (AAPCS64 6.1.2) */
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    adrp x9, fl_as_attempt_stack\n"
        "    mov x10, sp\n"
        "    str x10, [x9, :lo12:fl_as_attempt_stack]\n"
        "    blr x0\n"
        "    mov w0, #1\n"
        "fl_as_attempt_over:\n"
        "    adrp x9, fl_as_attempt_stack\n"
        "    str xzr, [x9, :lo12:fl_as_attempt_stack]\n"
        "    ldp x19, x20, [sp, #16]\n"
        "    ldp x21, x22, [sp, #32]\n"
        "    ldp x23, x24, [sp, #48]\n"
        "    ldp x25, x26, [sp, #64]\n"
        "    ldp x27, x28, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    ldp x29, x30, [sp], #160\n"
        "    .cfi_def_cfa_offset 0\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size fl_as_attempt, .-fl_as_attempt\n");
#endif

bool fl_as_attempt_ends(ucontext_t *context) {
    if (!fl_as_attempt_stack) return false;
    /* What was interrupted may have blocked them (libunwind's lock does): the next stages need them. */
    uint64_t open = fl_as_fatal_signal_bits() | fl_as_signal_bit(FL_STOP_SIGNAL);
    *(uint64_t *)(void *)&context->uc_sigmask &= ~open;
#if defined(__x86_64__)
    greg_t *registers = context->uc_mcontext.gregs;
    registers[REG_RIP] = (greg_t)(uintptr_t)fl_as_attempt_over;
    registers[REG_RSP] = (greg_t)fl_as_attempt_stack;
    registers[REG_RAX] = 0;
    registers[REG_EFL] &= ~0x400; /* the direction flag is clear at calls (System V AMD64 ABI 3.2.1) */
#else
    context->uc_mcontext.pc = (uintptr_t)fl_as_attempt_over;
    context->uc_mcontext.sp = fl_as_attempt_stack;
    context->uc_mcontext.regs[0] = 0;
    context->uc_mcontext.pstate &= ~(uint64_t)0xc00; /* PSTATE.BTYPE: as if no indirect branch had been taken */
#endif
    return true;
}
#include "uninstrumented_end.h"
#endif
