/* SPDX-License-Identifier: Apache-2.0
 *
 * One stub a trapped function, x86-64. On a thread that is not in the handler it jumps on to the real function: the
 * stack and every register that can carry an argument are as the caller left them, so any signature is served, vfork,
 * setjmp and Swift's calling conventions too, and whoever looks at the return address sees the true caller. r11 is free
 * at every call (System V AMD64 ABI 3.2.3).
 *
 * names.inc is made by tools/check-booby-trap: TRAP(name, "version") for each function of the libraries. */

        .section booby_traps, "aw", @progbits /* struct trap of trap.c */
        .balign 8
        .text

.macro stub name, version, real
        .section .rodata.str1.1, "aMS", @progbits, 1
.Lname_\name:
        .asciz "\name"
.Lversion_\name:
        .asciz "\version"
        .section booby_traps, "aw", @progbits
.Ltrap_\name:
        .quad .Lname_\name, .Lversion_\name, \real
        .text
        .balign 16
        .globl \name
        .type \name, @function
\name:
        movq booby_trap_armed@gottpoff(%rip), %r11
        cmpb $0, %fs:(%r11)
        jne 1f
        jmpq *.Ltrap_\name+16(%rip)
1:      leaq .Ltrap_\name(%rip), %r11
        jmp sprung
        .size \name, .-\name
.endm

/* The loader calls these before any constructor has run, and glibc has them by another name. */
        stub malloc, "", __libc_malloc
        stub calloc, "", __libc_calloc
        stub realloc, "", __libc_realloc
        stub free, "", __libc_free

#define TRAP(name, version) stub name, version, 0
#include "names.inc"

/* Asks booby_trap_decide(trap, caller), which answers where to go on, or ends the process. */
        .type sprung, @function
sprung:
        pushq %rdi
        pushq %rsi
        pushq %rdx
        pushq %rcx
        pushq %r8
        pushq %r9
        pushq %rax
        pushq %r10
        subq $8, %rsp
        movq %r11, %rdi
        movq 72(%rsp), %rsi
        callq booby_trap_decide
        movq %rax, %r11
        addq $8, %rsp
        popq %r10
        popq %rax
        popq %r9
        popq %r8
        popq %rcx
        popq %rdx
        popq %rsi
        popq %rdi
        jmpq *%r11
        .size sprung, .-sprung

/* What stands in for _dl_runtime_resolve: PLT0 has pushed the link map, the PLT entry the index of its relocation. */
        .globl booby_trap_bind
        .hidden booby_trap_bind
        .type booby_trap_bind, @function
booby_trap_bind:
        movq booby_trap_armed@gottpoff(%rip), %r11
        cmpb $0, %fs:(%r11)
        jne 1f
        jmpq *booby_trap_real_bind(%rip)
1:      popq %rdi
        popq %rsi
        movq (%rsp), %rdx
        andq $-16, %rsp
        callq booby_trap_binding
        ud2
        .size booby_trap_bind, .-booby_trap_bind

        .section .note.GNU-stack, "", @progbits
