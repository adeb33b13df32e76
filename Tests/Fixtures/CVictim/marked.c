/* SPDX-License-Identifier: Apache-2.0
 *
 * A frame as Swift's async functions have it: bit 60 of the frame pointer that they save is set (LLVM's
 * SwiftAsyncFramePointerMode). Its caller finds its own frame by that very pointer. */
#include "victim.h"

void marked(void);
#if defined(__x86_64__)
__asm__(".text\n"
        ".type marked, @function\n"
        "marked:\n"
        "    .cfi_startproc\n"
        "    btsq $60, %rbp\n"
        "    pushq %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    pushq $0\n"
        "    leaq 8(%rsp), %rbp\n"
        "    .cfi_def_cfa %rbp, 16\n"
        "    subq $8, %rsp\n"
        "    call crash\n"
        "    hlt\n"
        "    .cfi_endproc\n"
        ".size marked, .-marked\n");
#else
__asm__(".text\n"
        ".type marked, @function\n"
        "marked:\n"
        "    .cfi_startproc\n"
        "    orr x29, x29, #0x1000000000000000\n"
        "    sub sp, sp, #32\n"
        "    .cfi_def_cfa_offset 32\n"
        "    stp x29, x30, [sp, #16]\n"
        "    str xzr, [sp, #8]\n"
        "    add x29, sp, #16\n"
        "    .cfi_def_cfa x29, 16\n"
        "    .cfi_offset x30, -8\n"
        "    .cfi_offset x29, -16\n"
        "    bl crash\n"
        "    brk #1\n"
        "    .cfi_endproc\n"
        ".size marked, .-marked\n");
#endif

ALONE static void calls_marked(size_t size) {
    volatile char *room = __builtin_alloca(size); /* the frame pointer is all there is to find this frame by */
    room[0] = 1;
    marked();
    room[1] = room[0];
}

void die_in_marked(void) {
    volatile size_t size = 100;
    calls_marked(size);
    calls_marked(size + 1);
}
