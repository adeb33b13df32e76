/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "machine.h"

#if defined(__x86_64__)
void fl_as_registers_of(const ucontext_t *context, fl_as_registers *out) {
    static const uint8_t place[FL_REGISTERS] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                                REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                                REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    for (int i = 0; i < FL_REGISTERS; i++) out->value[i] = (uint64_t)context->uc_mcontext.gregs[place[i]];
}

const char *fl_as_register_name(int number) {
    static const char names[FL_REGISTERS][4] = {"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8",
                                                "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip"};
    return names[number];
}
#else
void fl_as_registers_of(const ucontext_t *context, fl_as_registers *out) {
    for (int i = 0; i < 31; i++) out->value[i] = context->uc_mcontext.regs[i];
    out->value[FL_REGISTER_SP] = context->uc_mcontext.sp;
    out->value[FL_REGISTER_PC] = context->uc_mcontext.pc;
}

const char *fl_as_register_name(int number) {
    static const char names[FL_REGISTERS][4] = {"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",
                                                "x9",  "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
                                                "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26",
                                                "x27", "x28", "fp",  "lr",  "sp",  "pc"};
    return names[number];
}
#endif

void fl_as_answer_system_call(ucontext_t *context, int64_t result) {
#if defined(__x86_64__)
    context->uc_mcontext.gregs[REG_RAX] = result;
#else
    context->uc_mcontext.regs[0] = (uint64_t)result;
#endif
}
#include "uninstrumented_end.h"
#endif
