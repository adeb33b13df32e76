/* SPDX-License-Identifier: Apache-2.0
 *
 * The report, stage by stage, on the reporter's stack. What a stage has put into the file stays there. */
#ifdef __linux__
#define _GNU_SOURCE
#include "blackbox_format.h"
#include "checked_load.h"
#include "crash_file.h"
#include "crash_state.h"
#include "images.h"
#include "reason.h"
#include "syscalls.h"
#include "unwind.h"
#include <string.h>
#include <time.h>

static uint8_t text[896 * 1024]; /* .bss: no memory until the crash */
static fl_as_stack stack;
static fl_as_registers registers;
static fl_as_checksum checksum;
static fl_box_scratch scratch;
static fl_scope scopes[3]; /* global, isolation, current */

/* MARK: the file */

static void write_all(const uint8_t *bytes, size_t length) {
    while (length) {
        long written = fl_as_write(fl_as_state.envelope, bytes, length);
        if (written <= 0) return; /* a short file has no right trailer: recovery sees it */
        bytes += written;
        length -= (size_t)written;
    }
}

static fl_as_buffer empty_buffer(void) { return (fl_as_buffer){text, text, text + sizeof text, false}; }

static void flush(fl_as_buffer *out) {
    size_t length = (size_t)(out->at - out->start);
    fl_as_checksum_add(&checksum, out->start, length);
    write_all(out->start, length);
    *out = empty_buffer();
}

static void put_hex16(char *to, uint64_t value) {
    for (int i = 15; i >= 0; i--, value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

static void finish_file(void) {
    static const char first[] = FL_CRASH_FILE_MAGIC "1 " FL_ARCHITECTURE "\n";
    char trailer[FL_CRASH_FILE_TRAILER_LENGTH + 1] = FL_CRASH_FILE_TRAILER "0000000000000000 0000000000000000\n";
    put_hex16(trailer + 10, checksum.length);
    put_hex16(trailer + 27, fl_as_checksum_end(&checksum));
    write_all((const uint8_t *)trailer, FL_CRASH_FILE_TRAILER_LENGTH);
    fl_as_truncate(fl_as_state.envelope, sizeof first - 1 + checksum.length + FL_CRASH_FILE_TRAILER_LENGTH);
    fl_as_rename(fl_as_state.directory, "crash.envelope.tmp", "crash.envelope");
}

/* MARK: facts */

static void find_scopes(void) {
    uint64_t value = (uint64_t)(uintptr_t)fl_as_task_local(fl_as_state.scopes_key);
    scopes[0] = FL_SCOPE_GLOBAL;
    scopes[1] = FL_SCOPE_ROOT;
    scopes[2] = FL_SCOPE_NONE;
    uint64_t isolation, current;
    if (value && fl_as_load(value, &isolation) && fl_as_load(value + 8, &current)) {
        scopes[1] = isolation;
        scopes[2] = current;
    }
}

static void note_in_box(uint64_t now) {
    fl_box_crash_note note = {
        .signal = fl_as_state.signal,
        .code = fl_as_state.info->si_code,
        .fault_address = fl_as_has_fault_address(fl_as_state.signal, fl_as_state.info)
                             ? (uint64_t)(uintptr_t)fl_as_state.info->si_addr
                             : FL_NO_FAULT_ADDRESS,
        .program_counter = registers.value[FL_REGISTER_PC],
        .realtime = now,
        .thread_id = fl_as_state.owner,
        .isolation = scopes[1],
        .current = scopes[2],
    };
    memcpy(note.event_id, fl_as_state.event_id, sizeof fl_as_state.event_id);
    fl_as_box_note(&note);
}

/* MARK: the event */

static void put_beginning(fl_as_buffer *out, uint64_t now) {
    fl_as_put_literal(out, "{\"event_id\":\"");
    fl_as_put_literal(out, fl_as_state.event_id);
    fl_as_put_literal(out, "\"");
    if (fl_as_state.header_members[0]) fl_as_put_literal(out, ",");
    fl_as_put_literal(out, fl_as_state.header_members);
    fl_as_put_literal(out, "}\n{\"type\":\"event\",\"content_type\":\"application/json\"}\n{\"event_id\":\"");
    fl_as_put_literal(out, fl_as_state.event_id);
    fl_as_put_literal(out, "\",\"timestamp\":");
    fl_as_put_epoch(out, (int64_t)(now / 1000000000u), (uint32_t)(now % 1000000000u));
    fl_as_put_literal(out, ",\"platform\":\"native\",\"level\":\"fatal\"");
    fl_as_put_facts(out);
}

static void put_frame(fl_as_buffer *out, uint64_t pc) {
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
    fl_as_put_literal(out, "}");
}

/* Stands for the middle of a stack too deep to send. */
static void put_gap(fl_as_buffer *out, uint32_t frames) {
    fl_as_put_literal(out, ",{\"function\":\"… ");
    fl_as_put_unsigned(out, frames);
    fl_as_put_literal(out, " frames left out …\",\"in_app\":false}");
}

/* Oldest first, as the protocol wants it. */
static void put_stack(fl_as_buffer *out) {
    uint32_t kept = fl_as_stack_kept(&stack);
    fl_as_put_literal(out, ",\"stacktrace\":{\"instruction_addr_adjustment\":\"all_but_first\",\"frames\":[");
    for (uint32_t i = kept; i-- > 0;) {
        put_frame(out, fl_as_stack_frame(&stack, i));
        if (i == FL_FRAMES_NEWEST && stack.depth > kept) put_gap(out, stack.depth - kept);
        if (i) fl_as_put_literal(out, ",");
    }
    fl_as_put_literal(out, "],\"registers\":{");
    for (int i = 0; i < FL_REGISTERS; i++) {
        fl_as_put_literal(out, i ? ",\"" : "\"");
        fl_as_put_literal(out, fl_as_register_name(i));
        fl_as_put_literal(out, "\":");
        fl_as_put_address(out, registers.value[i]);
    }
    fl_as_put_literal(out, "}}");
}

static void put_exception(fl_as_buffer *out) {
    fl_as_put_reason(out, fl_as_state.signal, fl_as_state.info, &registers, fl_as_state.owner);
    fl_as_put_literal(out, ",\"data\":{\"unwinder\":\"");
    fl_as_put_literal(out, stack.by_libunwind ? (stack.by_frame_pointer ? "libunwind, frame pointers" : "libunwind")
                                              : "frame pointers");
    fl_as_put_literal(out, "\",\"frames\":");
    fl_as_put_unsigned(out, stack.depth);
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
static void put_thread(fl_as_buffer *out) {
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
static void put_scopes(fl_as_buffer *out) {
    uint32_t kinds = FL_RECORDS_ALL & ~FL_RECORD_BIT(FL_RECORD_LEVEL);
    if (fl_as_box_read(fl_as_box_live(), scopes, 3, kinds, &scratch, out)) return;
    fl_as_box_read(fl_as_box_live(), scopes, 3, kinds & ~FL_RECORD_BIT(FL_RECORD_BREADCRUMB), &scratch, out);
}

static void write_report(uint64_t now) {
    static const char first[] = FL_CRASH_FILE_MAGIC "1 " FL_ARCHITECTURE "\n";
    fl_as_buffer out = empty_buffer();
    write_all((const uint8_t *)first, sizeof first - 1);
    put_beginning(&out, now);
    put_exception(&out);
    put_thread(&out);
    flush(&out);
    put_scopes(&out);
    flush(&out);
    fl_as_put_images(&out);
    fl_as_put_literal(&out, "}");
    flush(&out);
    finish_file();
}

void fl_as_report(void *unused) {
    (void)unused;
    /* Else a checked read's fault would start its handler at the top of the alternate stack, where our caller's frames
     * and the kernel's are. With it off, the kernel goes on where the stack pointer is: here. */
    stack_t off = {.ss_flags = SS_DISABLE}, alternate;
    bool was_on = fl_as_alternate_stack(&off, &alternate) == 0;
    uint64_t now = fl_as_clock(CLOCK_REALTIME);
    fl_as_registers_of(fl_as_state.context, &registers);
    find_scopes();
    note_in_box(now);
    fl_as_walk(&registers, &stack);
    if (fl_as_state.envelope >= 0) write_report(now);
    if (was_on) fl_as_alternate_stack(&alternate, NULL);
}
#endif
