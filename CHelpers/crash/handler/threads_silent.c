/* SPDX-License-Identifier: Apache-2.0
 *
 * What /proc says of a thread that does not answer: whoever sleeps in the kernel and has not answered never will. Its
 * stack pointer and program counter are told without any right to trace it, within one's own process. */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "syscalls.h"
#include "threads.h"
#include <errno.h>
#include <string.h>

/* "<id>/<name>" below /proc/self/task. The length that was read; 0: it cannot be. */
static long read_task_file(int32_t id, const char *name, char *text, size_t capacity) {
    char path[32];
    fl_as_buffer out = {(uint8_t *)path, (uint8_t *)path, (uint8_t *)path + sizeof path, false};
    fl_as_put_integer(&out, id);
    fl_as_put(&out, "/", 1);
    fl_as_put(&out, name, strlen(name) + 1);
    if (out.full || fl_as_state.tasks < 0) return 0;
    int file = fl_as_open_at(fl_as_state.tasks, path);
    if (file == -EMFILE || file == -ENFILE) { /* the service has used them all up; one was kept for this */
        if (fl_as_state.spare >= 0) fl_as_close(fl_as_state.spare);
        fl_as_state.spare = -1;
        file = fl_as_open_at(fl_as_state.tasks, path);
    }
    if (file < 0) return 0;
    long length = fl_as_read(file, text, capacity - 1);
    fl_as_close(file);
    if (length < 0) return 0;
    text[length] = 0;
    return length;
}

static const char *next_number(const char *text, uint64_t *value) {
    *value = 0;
    while (*text == ' ') text++;
    if (text[0] == '0' && text[1] == 'x') {
        for (text += 2;; text++) {
            if (*text >= '0' && *text <= '9') *value = *value << 4 | (uint64_t)(*text - '0');
            else if (*text >= 'a' && *text <= 'f') *value = *value << 4 | (uint64_t)(*text - 'a' + 10);
            else return text;
        }
    }
    for (; *text >= '0' && *text <= '9'; text++) *value = *value * 10 + (uint64_t)(*text - '0');
    return text;
}

/* proc_pid_syscall(5): "running", or "-1 SP PC" (blocked, in no system call), or "NUMBER ARG0 … ARG5 SP PC". */
static bool parse(const char *text, fl_as_thread *out) {
    uint64_t value;
    bool in_call = *text != '-';
    if (*text == 'r' || !*text) return false;
    text = next_number(in_call ? text : text + 1, &value);
    out->system_call = in_call ? (int64_t)value : -1;
    for (int i = 0; in_call && i < 6; i++) text = next_number(text, &value);
    text = next_number(text, &out->stack_pointer);
    next_number(text, &out->program_counter);
    return true;
}

void fl_as_look_at_silent(fl_as_thread *thread) {
    char text[256];
    fl_as_thread found = {.system_call = -1};
    if (fl_as_send_signal(fl_as_state.process, thread->id, 0) == -ESRCH) {
        thread->state = FL_THREAD_GONE;
        return;
    }
    if (!read_task_file(thread->id, "syscall", text, sizeof text) || !parse(text, &found)) return;
    uint32_t asked = FL_THREAD_ASKED;
    if (!__atomic_compare_exchange_n(&thread->state, &asked, FL_THREAD_SILENT, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        return; /* it is answering just now */
    thread->system_call = found.system_call;
    thread->stack_pointer = found.stack_pointer;
    thread->program_counter = found.program_counter;
    long length = read_task_file(thread->id, "comm", text, sizeof text);
    if (length > 0 && text[length - 1] == '\n') length--;
    if (length > (long)sizeof thread->name - 1) length = sizeof thread->name - 1;
    memcpy(thread->name, text, length > 0 ? (size_t)length : 0);
}
#include "uninstrumented_end.h"
#endif
