/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiled with -mbranch-protection=standard on aarch64: on the stack, return addresses carry a pointer authentication
 * code in their upper bits. On x86-64 a file as any other. */
#include "victim.h"

ALONE static void signed_inner(int depth) {
    if (depth) signed_inner(depth - 1);
    else crash();
    STAY;
}

ALONE static void signed_outer(void) {
    volatile char room[100] = {0}; /* a frame whose size is not the smallest one */
    signed_inner(3);
    room[1] = room[0];
}

void die_signed(void) {
    signed_outer();
    STAY;
}
