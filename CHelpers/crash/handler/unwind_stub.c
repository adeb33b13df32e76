/* SPDX-License-Identifier: Apache-2.0
 *
 * Code without call frame information whose stack is known all the same: the return from a signal handler (musl's, and
 * the kernel's for aarch64), the stubs of lld's procedure linkage table, a function's first and last instructions,
 * and a call through a wild or null pointer. */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "cfi_table.h"
#include "checked_load.h"
#include "images.h"
#include "unwind.h"
#include <stddef.h>
#include <string.h>

bool fl_as_is_signal_return(uint64_t pc) {
#if defined(__x86_64__)
    static const uint8_t code[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}; /* mov $15, %rax; syscall */
#else
    static const uint8_t code[] = {0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4}; /* mov x8, #139; svc #0 */
#endif
    uint8_t found[sizeof code];
    return fl_as_load_bytes(pc, found, sizeof found) == sizeof found && memcmp(found, code, sizeof code) == 0;
}

/* What the kernel has put above the handler: x86-64, the ucontext, when the handler's return has taken the address of
 * this code from it; aarch64, a siginfo, then the ucontext (arch/x86/include/asm/sigframe.h,
 * arch/arm64/kernel/signal.c). */
static enum fl_as_step step_over_signal(fl_as_frame *frame) {
    static fl_as_registers interrupted;
    uint64_t sp = frame->registers.value[FL_REGISTER_SP];
#if defined(__x86_64__)
    static const uint8_t place[FL_REGISTERS] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                                REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                                REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    uint64_t registers = sp + offsetof(ucontext_t, uc_mcontext.gregs);
#else
    uint64_t registers = sp + 128 + offsetof(ucontext_t, uc_mcontext.regs); /* x0 to x30, sp, pc, in this order */
#endif
    for (unsigned i = 0; i < FL_REGISTERS; i++) {
#if defined(__x86_64__)
        uint64_t from = registers + 8u * place[i];
#else
        uint64_t from = registers + 8 * i;
#endif
        if (!fl_as_load(from, &interrupted.value[i])) return FL_STEP_UNKNOWN;
    }
    frame->registers = interrupted;
    frame->known = FL_KNOWN_ALL;
    frame->exact = true;
    return FL_STEP_CALLER;
}

#if defined(__x86_64__)
/* Where the return address is, in bytes above the stack pointer, when the instruction at `pc` tells; -1: it does not.
 * It does at `ret`, at a function's `push %rbp; mov %rsp, %rbp`, and in stubs. The stub of a function is `jmp *slot;
 * push index; jmp first`, the first of all `push module; jmp *resolver` (System V AMD64 ABI, 5.2); with IBT each begins
 * with endbr64. */
static int return_address_above(uint64_t pc) {
    enum { BEFORE = 6 };
    uint8_t code[BEFORE + 10];
    if (fl_as_load_bytes(pc - BEFORE, code, sizeof code) != sizeof code) return -1;
    const uint8_t *at = code + BEFORE;
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa}, enter[] = {0x55, 0x48, 0x89, 0xe5};
    if (at[0] == 0xc3 || memcmp(at, enter, sizeof enter) == 0) return 0;
    if (memcmp(at - 1, enter, sizeof enter) == 0) return 8;
    if (memcmp(at, endbr64, sizeof endbr64) == 0) return (at[4] == 0xff && at[5] == 0x25) || at[4] == 0x68 ? 0 : -1;
    if (at[0] == 0xff && at[1] == 0x25) return at[-6] == 0xff && at[-5] == 0x35 ? 16 : 0;
    if (at[0] == 0x68 && at[5] == 0xe9) return 0;
    if (at[0] == 0xe9 && at[-5] == 0x68) return 8;
    if (at[0] == 0xe9 && at[-1] == 0x5d) return 0; /* pop %rbp; jmp: a tail call */
    if (at[0] == 0xff && at[1] == 0x35 && at[6] == 0xff && at[7] == 0x25) return 8;
    return -1;
}

static enum fl_as_step step_over_call(fl_as_frame *frame, bool in_image) {
    int above = in_image ? return_address_above(frame->registers.value[FL_REGISTER_PC]) : 0;
    uint64_t caller, *sp = &frame->registers.value[FL_REGISTER_SP];
    if (above < 0 || !fl_as_load(*sp + (uint64_t)above, &caller) || !fl_as_image_at(caller)) return FL_STEP_UNKNOWN;
    if (in_image && !fl_as_follows_call(caller)) return FL_STEP_UNKNOWN;
    *sp += (uint64_t)above + 8;
    frame->registers.value[FL_REGISTER_PC] = caller;
    return FL_STEP_CALLER;
}
#else
/* `adrp x16; ldr x17; add x16; br x17`: the link register is as the call left it. */
static bool is_stub(uint64_t pc) {
    static const uint8_t br_x17[4] = {0x20, 0x02, 0x1f, 0xd6};
    uint8_t code[16];
    if (fl_as_load_bytes(pc, code, sizeof code) != sizeof code) return false;
    for (unsigned i = 0; i < sizeof code; i += 4)
        if (memcmp(code + i, br_x17, sizeof br_x17) == 0) return true;
    return false;
}

static enum fl_as_step step_over_call(fl_as_frame *frame, bool in_image) {
    if (!fl_as_knows(frame, FL_REGISTER_LR)) return FL_STEP_UNKNOWN;
    uint64_t caller = fl_as_strip(frame->registers.value[FL_REGISTER_LR]);
    if ((in_image && !is_stub(frame->registers.value[FL_REGISTER_PC])) || !fl_as_image_at(caller))
        return FL_STEP_UNKNOWN;
    frame->registers.value[FL_REGISTER_PC] = caller;
    return FL_STEP_CALLER;
}
#endif

enum fl_as_step fl_as_stub_step(fl_as_frame *frame) {
    fl_as_cfi_entry entry;
    uint64_t pc = frame->registers.value[FL_REGISTER_PC];
    bool described = fl_as_cfi_find(fl_as_frame_key(frame), &entry);
    if (described && !entry.signal_frame) return FL_STEP_UNKNOWN;
    if (fl_as_is_signal_return(pc)) return step_over_signal(frame);
    if (described || !frame->exact) return FL_STEP_UNKNOWN;
    enum fl_as_step step = step_over_call(frame, fl_as_image_at(pc) != NULL);
    if (step != FL_STEP_CALLER) return step;
    frame->known &= FL_PRESERVED | FL_KNOWN_SP_PC;
    frame->exact = false;
    return FL_STEP_CALLER;
}
#include "uninstrumented_end.h"
#endif
