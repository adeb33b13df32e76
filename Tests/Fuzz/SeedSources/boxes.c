/* SPDX-License-Identifier: Apache-2.0
 *
 * boxes DIRECTORY: the seeds of black_box. The smallest box that lays out, filled through the public interface; its
 * facts of process, boot and time are then replaced, so that nothing of the machine that made them is in them. */
#define _GNU_SOURCE
#include "../../../CHelpers/crash/blackbox/box.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PART = 64 << 10 };

static const char *directory;
static uint8_t box[PART];

static void store(const char *name, const void *bytes, size_t length) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void append(fl_scope scope, enum fl_record_kind kind, uint8_t flags, const char *payload, size_t key_length) {
    if (!fl_scope_append(scope, kind, flags, (const uint8_t *)payload, strlen(payload), key_length)) abort();
}

static void set_tag(fl_scope scope, const char *key, const char *value) {
    if (!fl_scope_set_tag(scope, (const uint8_t *)key, strlen(key), (const uint8_t *)value, strlen(value))) abort();
}

static void fill(fl_scope *isolation, fl_scope *current) {
    static const char facts[] = "\"release\":\"shop@1\",\"environment\":\"test\"";
    fl_box_set_facts((const uint8_t *)facts, sizeof facts - 1);
    set_tag(FL_SCOPE_GLOBAL, "region", "eu");
    append(FL_SCOPE_ROOT, FL_RECORD_BREADCRUMB, 0, "{\"message\":\"started\"}", 0);
    *isolation = fl_scope_fork(FL_SCOPE_ROOT, FL_SCOPE_KIND_ISOLATION);
    set_tag(*isolation, "region", "us");
    set_tag(*isolation, "gone", "soon");
    append(*isolation, FL_RECORD_TAG, FL_RECORD_REMOVED, "\"gone\"", 6);
    append(*isolation, FL_RECORD_CONTEXT, 0, "\"os\":{\"name\":\"Linux\"}", 4);
    append(*isolation, FL_RECORD_EXTRA, 0, "\"n\":1", 3);
    append(*isolation, FL_RECORD_USER, 0, "{\"id\":\"7\"}", 0);
    append(*isolation, FL_RECORD_LEVEL, 0, "\"warning\"", 0);
    append(*isolation, FL_RECORD_TRANSACTION, 0, "\"GET /\"", 0);
    append(*isolation, FL_RECORD_REQUEST, 0, "{\"method\":\"GET\"}", 0);
    append(*isolation, FL_RECORD_FINGERPRINT, 0, "[\"a\"]", 0);
    append(*isolation, FL_RECORD_EXTRA, FL_RECORD_MARKED, "\"token\":\"[Filtered]\"", 7);
    append(*isolation, FL_RECORD_FLAG, 0, "\"fast\":true", 6);
    append(*isolation, FL_RECORD_ATTACHMENT, 0, "\"/a\":{}", 4);
    *current = fl_scope_fork(*isolation, FL_SCOPE_KIND_CURRENT);
    for (int i = 0; i < 24; i++) /* more than a small chunk holds */
        append(*current, FL_RECORD_BREADCRUMB, 0, "{\"message\":\"a step\",\"level\":\"info\"}", 0);
    set_tag(*current, "step", "last");
    fl_scope_free(fl_scope_fork(FL_SCOPE_NONE, FL_SCOPE_KIND_CURRENT)); /* a slot whose life is over */
}

/* The file, as recovery finds it. */
static void read_back(int file) {
    if (pread(file, box, sizeof box, 0) != sizeof box) abort();
    fl_box_header *header = fl_box_header_of(box);
    header->process_id = 4711;
    header->started_realtime = 1700000000000000000u;
    header->started_monotonic = 1000000000;
    header->process_start_ticks = 100;
    header->pid_namespace = 4026531836;
    snprintf(header->boot_id, sizeof header->boot_id, "00000000-0000-4000-8000-000000000000");
    for (uint32_t i = 0; i < header->classes[0].file_count; i++) {
        fl_slot *slot = (fl_slot *)(void *)(box + header->classes[0].file_offset + i * sizeof *slot);
        if (slot->generation) slot->changed = slot->created = i + 1;
    }
}

static size_t used_length(void) {
    size_t length = sizeof box;
    while (length && !box[length - 1]) length--;
    return (length + 7) / 8 * 8;
}

int main(int count, char **arguments) {
    if (count != 2) return 64;
    directory = arguments[1];
    int file = memfd_create("box", MFD_CLOEXEC);
    fl_scope isolation, current;
    if (file < 0 || !fl_box_open_sized(PART, PART)) abort();
    fl_box_set_max_breadcrumbs(20);
    fill(&isolation, &current);
    if (fl_box_attach(file, PART) != 0) abort();
    read_back(file);
    store("whole", box, sizeof box);

    fl_box_header *header = fl_box_header_of(box);
    header->note = (fl_box_crash_note){.signal = 11,
                                       .code = 1,
                                       .fault_address = 16,
                                       .program_counter = 0x401000,
                                       .realtime = 1700000001000000000u,
                                       .thread_id = 4712,
                                       .event_id = "fc6d8c0c43fc4630ad850ee518f1b9d0",
                                       .isolation = isolation,
                                       .current = current};
    header->file_size = used_length();
    store("crashed", box, used_length());
    store("cut", box, header->classes[1].file_offset + 600);
    header->ended = 1;
    header->version = FL_BOX_VERSION + 1;
    store("other-version", box, FL_BOX_HEADER_SIZE);
    store("torn", box, 8);
    return 0;
}
