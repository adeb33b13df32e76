/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "checked_load.h"
#include <string.h>

/* Hidden, as in attempt.c. */
extern const char fl_as_load_instruction[] __attribute__((visibility("hidden")));
extern const char fl_as_load_failure[] __attribute__((visibility("hidden")));

/* bool fl_as_load(uint64_t address, uint64_t *value) */
#if defined(__x86_64__)
__asm__(".text\n"
        ".globl fl_as_load\n"
        ".type fl_as_load, @function\n"
        "fl_as_load:\n"
        "    .cfi_startproc\n"
        "fl_as_load_instruction:\n"
        "    movq (%rdi), %rax\n"
        "    movq %rax, (%rsi)\n"
        "    movl $1, %eax\n"
        "    ret\n"
        "fl_as_load_failure:\n"
        "    xorl %eax, %eax\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size fl_as_load, .-fl_as_load\n");
#else
__asm__(".text\n"
        ".globl fl_as_load\n"
        ".type fl_as_load, @function\n"
        "fl_as_load:\n"
        "    .cfi_startproc\n"
        "    hint #34\n" /* bti c, see attempt.c */
        "fl_as_load_instruction:\n"
        "    ldr x2, [x0]\n"
        "    str x2, [x1]\n"
        "    mov w0, #1\n"
        "    ret\n"
        "fl_as_load_failure:\n"
        "    mov w0, #0\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size fl_as_load, .-fl_as_load\n");
#endif

bool fl_as_load_recovers(ucontext_t *context) {
#if defined(__x86_64__)
    greg_t *pc = &context->uc_mcontext.gregs[REG_RIP];
    if (*pc != (greg_t)(uintptr_t)fl_as_load_instruction) return false;
    *pc = (greg_t)(uintptr_t)fl_as_load_failure;
#else
    if (context->uc_mcontext.pc != (uintptr_t)fl_as_load_instruction) return false;
    context->uc_mcontext.pc = (uintptr_t)fl_as_load_failure;
#endif
    return true;
}

/* Reads whole aligned words, so that bytes before the end of a readable page are read although the next is not there.
 */
size_t fl_as_load_bytes(uint64_t address, void *out, size_t length) {
    size_t done = 0;
    while (done < length) {
        uint64_t word, at = address + done, skip = at & 7;
        if (!fl_as_load(at - skip, &word)) break;
        size_t part = 8 - skip < length - done ? 8 - skip : length - done;
        memcpy((uint8_t *)out + done, (const uint8_t *)&word + skip, part);
        done += part;
    }
    return done;
}

size_t fl_as_load_string(uint64_t address, char *out, size_t capacity) {
    size_t length = 0;
    while (length + 1 < capacity) {
        char piece[8];
        size_t want = capacity - 1 - length < sizeof piece ? capacity - 1 - length : sizeof piece;
        size_t got = fl_as_load_bytes(address + length, piece, want), i = 0;
        while (i < got && piece[i]) out[length++] = piece[i++];
        if (got < want || i < got) break;
    }
    out[length] = 0;
    return length;
}
#include "uninstrumented_end.h"
#endif
