/* SPDX-License-Identifier: Apache-2.0
 *
 * A function whose call frame information remembers more rows than our own reader has room for: libunwind's work. */
#include "victim.h"

#define FOUR(line) line line line line

/* Without frame pointer: where libunwind is missing, its caller is not known, but the caller's is. */
void too_hard(void);
#if defined(__x86_64__)
__asm__(".text\n"
        ".type too_hard, @function\n"
        "too_hard:\n"
        "    .cfi_startproc\n"
        "    pushq %rbx\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbx, -16\n" FOUR(FOUR("    .cfi_remember_state\n"))
            FOUR(FOUR("    .cfi_restore_state\n")) "    call crash\n"
                                                   "    popq %rbx\n"
                                                   "    .cfi_def_cfa_offset 8\n"
                                                   "    ret\n"
                                                   "    .cfi_endproc\n"
                                                   ".size too_hard, .-too_hard\n");
#else
__asm__(".text\n"
        ".type too_hard, @function\n"
        "too_hard:\n"
        "    .cfi_startproc\n"
        "    str x30, [sp, #-16]!\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset x30, -16\n" FOUR(FOUR("    .cfi_remember_state\n"))
            FOUR(FOUR("    .cfi_restore_state\n")) "    bl crash\n"
                                                   "    ldr x30, [sp], #16\n"
                                                   "    .cfi_def_cfa_offset 0\n"
                                                   "    ret\n"
                                                   "    .cfi_endproc\n"
                                                   ".size too_hard, .-too_hard\n");
#endif

void die_in_hard(void) {
    too_hard();
    STAY;
}
