/* SPDX-License-Identifier: Apache-2.0
 *
 * Registers of a stopped thread in DWARF order, which is libunwind's order too.
 * FL_REGISTER_ASYNC holds the context of a Swift async function (docs/ABI/CallingConventionSummary.rst of
 * swiftlang/swift). Sources: System V AMD64 ABI, figure 3.36; DWARF for the Arm 64-bit Architecture, section 4.1. */
#pragma once
#ifdef __linux__
#include <stdint.h>
#include <ucontext.h>

#if defined(__x86_64__)
enum { FL_REGISTERS = 17, FL_REGISTER_FP = 6, FL_REGISTER_SP = 7, FL_REGISTER_PC = 16, FL_REGISTER_ASYNC = 14 };
#define FL_ARCHITECTURE "x86_64"
#else
enum {
    FL_REGISTERS = 33,
    FL_REGISTER_FP = 29,
    FL_REGISTER_LR = 30,
    FL_REGISTER_SP = 31,
    FL_REGISTER_PC = 32,
    FL_REGISTER_ASYNC = 22
};
#define FL_ARCHITECTURE "arm64"
#endif

typedef struct {
    uint64_t value[FL_REGISTERS];
} fl_as_registers;

/* As if the system call that was trapped had answered this. */
void fl_as_answer_system_call(ucontext_t *context, int64_t result);
void fl_as_registers_of(const ucontext_t *context, fl_as_registers *out);
/* Sentry's name of a register: rip, rsp, x0 … */
const char *fl_as_register_name(int number);
#endif
