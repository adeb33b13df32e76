/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "checked_load.h"
#include "endless_wait.h"
#include "machine.h"
#include "syscalls.h"
#include <string.h>

/* Of futex(2), linux/futex.h. */
enum { WAIT = 0, LOCK_PI = 6, WAIT_BITSET = 9, LOCK_PI2 = 13, PRIVATE = 128, CLOCK_REALTIME_FLAG = 256 };

#if defined(__x86_64__)
enum { NUMBER = 0 /* rax */, WORD = 5 /* rdi */, OPERATION = 4 /* rsi */, LIMIT = 10 /* r10 */ };
static const uint8_t instruction[] = {0x0f, 0x05}; /* syscall */
#else
enum { NUMBER = 8, WORD = 0, OPERATION = 1, LIMIT = 3 };
static const uint8_t instruction[] = {0x01, 0x00, 0x00, 0xd4}; /* svc 0 */
#endif

static uint64_t last; /* the word waited for at the last look, 0: none */
static uint32_t looks;

/* A handler with SA_RESTART that interrupts a wait without a limit finds the thread at its system call, which is to be
 * made again (signal(7), and handle_signal in arch/x86/kernel/signal.c of Linux). */
static uint64_t word_waited_for(const ucontext_t *context) {
    fl_as_registers registers;
    uint8_t at_pc[sizeof instruction];
    fl_as_registers_of(context, &registers);
    const uint64_t *value = registers.value;
    uint64_t operation = value[OPERATION] & ~(uint64_t)CLOCK_REALTIME_FLAG;
    if (value[NUMBER] != SYS_futex || value[LIMIT] || !(operation & PRIVATE)) return 0;
    operation -= PRIVATE;
    if (operation != WAIT && operation != WAIT_BITSET && operation != LOCK_PI && operation != LOCK_PI2) return 0;
    if (fl_as_load_bytes(value[FL_REGISTER_PC], at_pc, sizeof at_pc) != sizeof at_pc) return 0;
    return memcmp(at_pc, instruction, sizeof at_pc) == 0 ? value[WORD] : 0;
}

uint32_t fl_as_looks_at_wait(const ucontext_t *context) {
    uint64_t word = word_waited_for(context);
    looks = word && word == last ? looks + 1 : word != 0;
    last = word;
    return looks;
}
#include "uninstrumented_end.h"
#endif
