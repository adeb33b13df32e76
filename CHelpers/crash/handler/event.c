/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "crash_state.h"
#include "event.h"
#include "images.h"
#include "reason.h"
#include "syscalls.h"
#include <string.h>

fl_as_findings fl_as_found;
static fl_box_scratch scratch;

void fl_as_put_envelope_header(fl_as_buffer *out) {
    fl_as_put_literal(out, "{\"event_id\":\"");
    fl_as_put_literal(out, fl_as_state.event_id);
    fl_as_put_literal(out, "\"");
    if (fl_as_state.header_members[0]) fl_as_put_literal(out, ",");
    fl_as_put_literal(out, fl_as_state.header_members);
    if (__atomic_load_n(&fl_as_has_callbacks, __ATOMIC_RELAXED))
        fl_as_put_literal(out, ",\"faultline_callbacks\":true");
    fl_as_put_literal(out, "}\n{\"type\":\"event\",\"content_type\":\"application/json\"}\n");
}

void fl_as_put_beginning(fl_as_buffer *out) {
    uint64_t now = fl_as_found.realtime;
    fl_as_put_literal(out, "{\"event_id\":\"");
    fl_as_put_literal(out, fl_as_state.event_id);
    fl_as_put_literal(out, "\",\"timestamp\":");
    fl_as_put_epoch(out, (int64_t)(now / 1000000000u), (uint32_t)(now % 1000000000u));
    fl_as_put_literal(out, ",\"platform\":\"native\",\"level\":\"fatal\"");
    if (fl_as_put_facts(out) || !fl_as_state.facts[0]) return;
    fl_as_put(out, ",", 1);
    fl_as_put_literal(out, fl_as_state.facts);
}

/* `starts`: a chained stack begins here, and those behind it have no frames of their own. */
static void put_frame(fl_as_buffer *out, uint64_t pc, bool starts) {
    const fl_image *image = fl_as_image_at(pc);
    fl_as_put_literal(out, "{\"instruction_addr\":");
    fl_as_put_address(out, pc);
    if (image) {
        const char *name = __atomic_load_n(&fl_as_images, __ATOMIC_ACQUIRE)->names + image->name;
        fl_as_put_literal(out, ",\"image_addr\":");
        fl_as_put_address(out, image->low);
        fl_as_put_literal(out, ",\"package\":");
        fl_as_put_string(out, (const uint8_t *)name, strlen(name), 4096);
    }
    fl_as_put_literal(out, starts ? ",\"stack_start\":true}" : "}");
}

/* Stands for the middle of a stack too deep to send. */
static void put_gap(fl_as_buffer *out, uint32_t frames) {
    fl_as_put_literal(out, ",{\"function\":\"… ");
    fl_as_put_unsigned(out, frames);
    fl_as_put_literal(out, " frames left out …\",\"in_app\":false}");
}

/* Oldest first, as the protocol wants it: the async callers are older than all that is on the thread's stack. Where
 * they resume is no return address; one more stands for it, since the reader takes one away. */
static void put_stack(fl_as_buffer *out) {
    const fl_as_stack *stack = &fl_as_found.stack;
    const fl_as_async_chain *awaiting = &fl_as_found.awaiting;
    uint32_t kept = fl_as_stack_kept(stack);
    fl_as_put_literal(out, ",\"stacktrace\":{\"instruction_addr_adjustment\":\"all_but_first\",\"frames\":[");
    for (uint32_t i = awaiting->count; i-- > 0;) {
        put_frame(out, awaiting->resume[i] + 1, false);
        fl_as_put_literal(out, ",");
    }
    for (uint32_t i = kept; i-- > 0;) {
        put_frame(out, fl_as_stack_frame(stack, i), awaiting->count && i == kept - 1);
        if (i == FL_FRAMES_NEWEST && stack->depth > kept) put_gap(out, stack->depth - kept);
        if (i) fl_as_put_literal(out, ",");
    }
    fl_as_put_literal(out, "],\"registers\":{");
    for (int i = 0; i < FL_REGISTERS; i++) {
        fl_as_put_literal(out, i ? ",\"" : "\"");
        fl_as_put_literal(out, fl_as_register_name(i));
        fl_as_put_literal(out, "\":");
        fl_as_put_address(out, fl_as_found.registers.value[i]);
    }
    fl_as_put_literal(out, "}}");
}

void fl_as_put_exception(fl_as_buffer *out) {
    const fl_as_stack *stack = &fl_as_found.stack;
    fl_as_put_reason(out, fl_as_state.signal, fl_as_state.info, &fl_as_found.registers, fl_as_state.owner);
    fl_as_put_literal(out, ",\"data\":{\"unwinder\":\"");
    fl_as_put_unwinder(out, stack);
    fl_as_put_literal(out, "\",\"frames\":");
    fl_as_put_unsigned(out, stack->depth);
    if (fl_as_found.awaiting.count) {
        fl_as_put_literal(out, ",\"async_callers\":");
        fl_as_put_unsigned(out, fl_as_found.awaiting.count);
    }
    if (fl_as_found.task.id) {
        fl_as_put_literal(out, ",\"task_id\":");
        fl_as_put_unsigned(out, fl_as_found.task.id);
    }
    if (fl_as_found.task.name_length) {
        fl_as_put_literal(out, ",\"task_name\":");
        fl_as_put_string(out, (const uint8_t *)fl_as_found.task.name, fl_as_found.task.name_length, FL_TASK_NAME_MAX);
    }
    if (fl_as_has_fault_address(fl_as_state.signal, fl_as_state.info)) {
        fl_as_put_literal(out, ",\"relevant_address\":");
        fl_as_put_address(out, (uint64_t)(uintptr_t)fl_as_state.info->si_addr);
    }
    fl_as_put_literal(out, "}},\"thread_id\":");
    fl_as_put_integer(out, fl_as_state.owner);
    put_stack(out);
    fl_as_put_literal(out, "}]}");
}

/* The crashed thread's stack is the exception's; here it is named. */
void fl_as_put_crashed_thread(fl_as_buffer *out) {
    char name[17] = {0};
    fl_as_thread_name(name);
    fl_as_put_literal(out, ",\"threads\":{\"values\":[{\"id\":");
    fl_as_put_integer(out, fl_as_state.owner);
    fl_as_put_literal(out, ",\"name\":");
    fl_as_put_string(out, (const uint8_t *)name, strlen(name), 16);
    fl_as_put_literal(out, ",\"crashed\":true,\"current\":true,\"main\":");
    fl_as_put_literal(out, fl_as_state.owner == fl_as_state.process ? "true}]}" : "false}]}");
}

/* Everything but the level, which stays fatal. Breadcrumbs are let go before the tags when the text would not fit. */
void fl_as_put_scopes(fl_as_buffer *out) {
    uint32_t kinds = FL_RECORDS_ALL & ~FL_RECORD_BIT(FL_RECORD_LEVEL);
    if (fl_as_box_read(fl_as_box_live(), fl_as_found.scopes, 3, kinds, &scratch, out, NULL)) return;
    fl_as_box_read(fl_as_box_live(), fl_as_found.scopes, 3, kinds & ~FL_RECORD_BIT(FL_RECORD_BREADCRUMB), &scratch, out,
                   NULL);
}

void fl_as_put_tags(fl_as_buffer *out) {
    fl_as_box_read(fl_as_box_live(), fl_as_found.scopes, 3, FL_RECORD_BIT(FL_RECORD_TAG), &scratch, out, NULL);
}

static bool is_used(const fl_image *image) {
    const fl_as_stack *stack = &fl_as_found.stack;
    if (image == __atomic_load_n(&fl_as_images, __ATOMIC_ACQUIRE)->image)
        return true; /* readers take it for the program */
    for (uint32_t i = 0; i < fl_as_stack_kept(stack); i++) {
        uint64_t pc = fl_as_stack_frame(stack, i);
        if (pc >= image->low && pc < image->high) return true;
    }
    for (uint32_t i = 0; i < fl_as_found.awaiting.count; i++) {
        uint64_t pc = fl_as_found.awaiting.resume[i];
        if (pc >= image->low && pc < image->high) return true;
    }
    return false;
}

void fl_as_put_all_images(fl_as_buffer *out) { fl_as_put_images(out, NULL); }
void fl_as_put_used_images(fl_as_buffer *out) { fl_as_put_images(out, is_used); }
#include "uninstrumented_end.h"
#endif
