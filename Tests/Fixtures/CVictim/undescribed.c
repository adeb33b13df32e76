/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiled without unwind tables, and with frame pointers but for leaf functions, as LLVM does for what it knows not to
 * throw. */
#include "victim.h"

ALONE static void undescribed_inner(void) {
    crash();
    STAY;
}

ALONE static void undescribed_outer(void) {
    volatile char room[100] = {0};
    undescribed_inner();
    room[1] = room[0];
}

void die_with_frame_pointers(void) {
    undescribed_outer();
    STAY;
}

/* Has no frame at all: its caller is known by the link register, or by the word at the stack pointer. */
void frameless(void);
#if defined(__x86_64__)
__asm__(".text\n"
        ".type frameless, @function\n"
        "frameless:\n"
        "    movl $42, 16\n"
        "    ret\n"
        ".size frameless, .-frameless\n");
#else
__asm__(".text\n"
        ".type frameless, @function\n"
        "frameless:\n"
        "    mov x9, #16\n"
        "    str x9, [x9]\n"
        "    ret\n"
        ".size frameless, .-frameless\n");
#endif

void die_in_frameless(void) {
    frameless();
    STAY;
}
