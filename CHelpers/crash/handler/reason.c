/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "checked_load.h"
#include "crash_state.h"
#include "reason.h"
#include "runtime_message.h"
#include "signal_names.h"
#include "syscalls.h"
#include <string.h>
#include <time.h>

enum { VALUE_MAX = 4096, STACK_REACH = 64 * 1024 };

static void put_member(fl_as_buffer *out, const char *name, const char *text, size_t length) {
    fl_as_put_literal(out, name);
    fl_as_put_string(out, (const uint8_t *)text, length, VALUE_MAX);
}

bool fl_as_has_fault_address(int signal, const siginfo_t *info) {
    return info->si_code > 0 && info->si_code != SI_KERNEL &&
           (signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE);
}

/* A push or a call that ran off the end of its stack: just below the stack pointer, or within one large frame of it.
 * Source: the red zone's and the probes' distances, System V AMD64 ABI 3.2.2. */
static bool is_stack_overflow(int signal, const siginfo_t *info, const fl_as_registers *registers) {
    if (signal != SIGSEGV || !fl_as_has_fault_address(signal, info)) return false;
    uint64_t address = (uint64_t)(uintptr_t)info->si_addr, sp = registers->value[FL_REGISTER_SP];
    return address < sp + 4096 && sp < address + STACK_REACH;
}

static bool put_runtime_message(fl_as_buffer *out, int thread) {
    const fl_runtime_message *message = fl_as_message_of(thread, fl_as_clock(CLOCK_MONOTONIC));
    fl_as_message_parts parts;
    if (message && message->type_length) {
        put_member(out, "{\"type\":", message->text, message->type_length);
        put_member(out, ",\"value\":", message->text + message->type_length, message->length - message->type_length);
        return true;
    }
    if (!message || !fl_as_split_message(message->text, message->length, &parts)) return false;
    put_member(out, "{\"type\":", message->text + parts.kind, parts.kind_length);
    if (parts.text_length > 1) put_member(out, ",\"value\":", message->text + parts.text, parts.text_length);
    else put_member(out, ",\"value\":", message->text, parts.kind + parts.kind_length);
    return true;
}

/* glibc: struct abort_msg_s { unsigned int size; char msg[]; } *__abort_msg (stdlib/abort.c, include/stdlib.h). */
static bool put_abort_message(fl_as_buffer *out) {
    static char text[VALUE_MAX];
    uint64_t message;
    if (!fl_as_state.abort_message || !fl_as_load(fl_as_state.abort_message, &message) || !message) return false;
    size_t length = fl_as_load_string(message + 4, text, sizeof text);
    while (length && (text[length - 1] == '\n' || text[length - 1] == ' ')) length--;
    if (!length) return false;
    put_member(out, "{\"type\":\"abort\",\"value\":", text, length);
    return true;
}

static void put_decoded_signal(fl_as_buffer *out, int signal, const siginfo_t *info) {
    const fl_as_signal_name *name = fl_as_signal_named(signal);
    fl_as_put_literal(out, name->description);
    const char *code = fl_as_code_name(signal, info->si_code);
    fl_as_put_literal(out, ": ");
    if (*code) fl_as_put_literal(out, code);
    else fl_as_put_literal(out, "code "), fl_as_put_integer(out, info->si_code);
    if (fl_as_has_fault_address(signal, info)) {
        fl_as_put_literal(out, " at 0x");
        fl_as_put_hex(out, (uint64_t)(uintptr_t)info->si_addr);
    }
    /* Somebody's kill, raise or abort: who it was is half of the answer. */
    if (info->si_code == SI_USER || info->si_code == SI_QUEUE) {
        fl_as_put_literal(out, " from process ");
        fl_as_put_integer(out, info->si_pid);
    }
}

void fl_as_put_reason(fl_as_buffer *out, int signal, const siginfo_t *info, const fl_as_registers *registers,
                      int thread) {
    const fl_as_signal_name *name = fl_as_signal_named(signal);
    bool known = true;
    fl_as_put_literal(out, ",\"exception\":{\"values\":[");
    if (!put_runtime_message(out, thread) && !(signal == SIGABRT && put_abort_message(out))) {
        known = is_stack_overflow(signal, info, registers);
        fl_as_put_literal(out, "{\"type\":\"");
        fl_as_put_literal(out, known ? "Stack overflow" : name->name);
        fl_as_put_literal(out, "\",\"value\":\"");
        put_decoded_signal(out, signal, info);
        fl_as_put_literal(out, "\"");
    }
    fl_as_put_literal(out, ",\"mechanism\":{\"type\":\"signalhandler\",\"handled\":false,");
    if (!known) fl_as_put_literal(out, "\"synthetic\":true,");
    fl_as_put_literal(out, "\"exception_id\":0,\"meta\":{\"signal\":{\"number\":");
    fl_as_put_integer(out, signal);
    fl_as_put_literal(out, ",\"name\":\"");
    fl_as_put_literal(out, name->name);
    fl_as_put_literal(out, "\",\"code\":");
    fl_as_put_integer(out, info->si_code);
    const char *code = fl_as_code_name(signal, info->si_code);
    if (*code) {
        fl_as_put_literal(out, ",\"code_name\":\"");
        fl_as_put_literal(out, code);
        fl_as_put_literal(out, "\"");
    }
    fl_as_put_literal(out, "}}");
}
#include "uninstrumented_end.h"
#endif
