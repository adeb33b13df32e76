/* SPDX-License-Identifier: Apache-2.0
 *
 * What is written of another thread. A thousand stacks must fit the file: each is a list of addresses, from which
 * recovery makes frames. */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "checked_load.h"
#include "other_crashes.h"
#include "signal_names.h"
#include "syscalls.h"
#include "threads.h"
#include "unwind.h"
#include <string.h>

static fl_as_stack stack;

/* The instruction that a thread in a system call stands behind, or, where the kernel will restart it, before. */
static bool is_in_system_call(const fl_as_registers *registers) {
    uint8_t code[4];
    uint64_t pc = registers->value[FL_REGISTER_PC];
#if defined(__x86_64__)
    static const uint8_t call[2] = {0x0f, 0x05}; /* syscall */
    return (fl_as_load_bytes(pc - 2, code, 2) == 2 && memcmp(code, call, 2) == 0) ||
           (fl_as_load_bytes(pc, code, 2) == 2 && memcmp(code, call, 2) == 0);
#else
    static const uint8_t call[4] = {0x01, 0x00, 0x00, 0xd4}; /* svc #0 */
    return (fl_as_load_bytes(pc - 4, code, 4) == 4 && memcmp(code, call, 4) == 0) ||
           (fl_as_load_bytes(pc, code, 4) == 4 && memcmp(code, call, 4) == 0);
#endif
}

static void put_state(fl_as_buffer *out, const fl_as_thread *thread, const fl_as_registers *registers) {
    fl_as_put_literal(out, ",\"state\":\"");
    if (thread->state == FL_THREAD_ANSWERED) {
        fl_as_put_literal(out, is_in_system_call(registers) ? "waiting" : "running");
    } else if (thread->state == FL_THREAD_SILENT && thread->system_call >= 0) {
        fl_as_put_literal(out, "did not answer, asleep in system call ");
        fl_as_put_integer(out, thread->system_call);
    } else {
        fl_as_put_literal(out, "did not answer");
    }
    fl_as_put_literal(out, "\"");
}

/* Newest first. */
static void put_stack(fl_as_buffer *out) {
    uint32_t kept = fl_as_stack_kept(&stack);
    fl_as_put_literal(out, ",\"depth\":");
    fl_as_put_unsigned(out, stack.depth);
    fl_as_put_literal(out, ",\"addresses\":[");
    for (uint32_t i = 0; i < kept; i++) {
        if (i) fl_as_put_literal(out, ",");
        fl_as_put_address(out, fl_as_stack_frame(&stack, i));
    }
    fl_as_put_literal(out, "]");
}

/* It crashed too, while the report was being written. */
static void put_crash(fl_as_buffer *out, int32_t id) {
    const fl_as_other_crash *crash = fl_as_other_crash_of(id);
    if (!crash) return;
    fl_as_put_literal(out, ",\"signal\":\"");
    fl_as_put_literal(out, fl_as_signal_named(crash->signal)->name);
    fl_as_put_literal(out, "\",\"code\":");
    fl_as_put_integer(out, crash->code);
    fl_as_put_literal(out, ",\"address\":");
    fl_as_put_address(out, crash->address);
}

bool fl_as_put_thread(fl_as_buffer *out, uint32_t number, bool with_stack) {
    const fl_as_thread *thread = &fl_as_threads.thread[number];
    uint32_t state = __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE);
    if (state == FL_THREAD_GONE || state == 0) return false;
    fl_as_registers registers;
    memset(&registers, 0, sizeof registers);
    if (thread->state == FL_THREAD_ANSWERED) {
        fl_as_registers_of(thread->context, &registers);
    } else if (thread->state == FL_THREAD_SILENT) {
        registers.value[FL_REGISTER_SP] = thread->stack_pointer;
        registers.value[FL_REGISTER_PC] = thread->program_counter;
    }
    fl_as_put_literal(out, "{\"id\":");
    fl_as_put_integer(out, thread->id);
    fl_as_put_literal(out, ",\"name\":");
    size_t length = 0;
    while (length < sizeof thread->name && thread->name[length]) length++;
    fl_as_put_string(out, (const uint8_t *)thread->name, length, 16);
    put_state(out, thread, &registers);
    put_crash(out, thread->id);
    if (with_stack && registers.value[FL_REGISTER_PC]) {
        fl_as_walk_thread(&registers, thread->state == FL_THREAD_ANSWERED, &stack);
        put_stack(out);
    }
    fl_as_put_literal(out, "}");
    return true;
}
#include "uninstrumented_end.h"
#endif
