/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "crash_file.h"
#include "crash_file_writer.h"
#include "crash_state.h"
#include "machine.h"
#include "syscalls.h"
#include <string.h>
#include <sys/stat.h>

static uint8_t text[896 * 1024]; /* .bss: no memory until the crash */
static fl_as_checksum checksum;
static size_t unsummed;                  /* bytes at the buffer's beginning */
static int file = -1;                    /* none, or no more to be written */
static int parts;                        /* that are whole */
static char name[40] = "crash.envelope"; /* that it gets in the end */
static char unfinished[44] = "crash.envelope.tmp";

/* MARK: which file */

static bool is(int descriptor, const fl_as_file *wanted) {
    struct stat status;
    return descriptor >= 0 && fl_as_status(descriptor, &status) == 0 && status.st_dev == wanted->device &&
           status.st_ino == wanted->inode;
}

/* A service that becomes a daemon closes what it does not know, and what it opens then has our numbers. */
static int own_file(void) {
    if (is(fl_as_state.envelope, &fl_as_state.envelope_is)) return fl_as_state.envelope;
    if (fl_as_state.envelope < 0 || !fl_as_state.envelope_path[0]) return -1;
    int again = fl_as_open_to_write(-100 /* AT_FDCWD */, fl_as_state.envelope_path);
    return is(again, &fl_as_state.envelope_is) ? again : -1;
}

static void put_decimal(char *to, uint32_t value) {
    char digits[10];
    int count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count) *to++ = digits[--count];
    *to = 0;
}

static int childs_file(void) {
    if (!is(fl_as_state.directory, &fl_as_state.directory_is)) return -1;
    memcpy(name, "crash-", 6);
    put_decimal(name + 6, (uint32_t)fl_as_state.process);
    memcpy(name + strlen(name), ".envelope", sizeof ".envelope");
    memcpy(unfinished, name, strlen(name));
    memcpy(unfinished + strlen(name), ".tmp", sizeof ".tmp");
    int made = fl_as_create_at(fl_as_state.directory, unfinished);
    if (made != -24 /* EMFILE */ || fl_as_state.spare < 0) return made;
    fl_as_close(fl_as_state.spare);
    fl_as_state.spare = -1;
    return fl_as_create_at(fl_as_state.directory, unfinished);
}

bool fl_as_crash_file_open(void) {
    file = fl_as_state.forked ? childs_file() : own_file();
    return file >= 0;
}

/* MARK: writing */

static void write_all(const uint8_t *bytes, size_t length) {
    while (length && file >= 0) {
        long done = fl_as_write(file, bytes, length);
        if (done <= 0) { /* a short file has no right trailer: recovery sees it */
            fl_as_crash_file_give_up();
            return;
        }
        bytes += done;
        length -= (size_t)done;
    }
}

void fl_as_crash_file_give_up(void) { file = -1; }

fl_as_buffer fl_as_crash_file_buffer(void) { return (fl_as_buffer){text, text, text + sizeof text, false}; }

static void sum(const fl_as_buffer *buffer) {
    const uint8_t *start = buffer->start + unsummed;
    fl_as_checksum_add(&checksum, start, (size_t)(buffer->at - start));
    unsummed = 0;
}

static void write_buffer(fl_as_buffer *buffer) {
    write_all(buffer->start, (size_t)(buffer->at - buffer->start));
    *buffer = fl_as_crash_file_buffer();
}

void fl_as_crash_file_flush(fl_as_buffer *buffer) {
    sum(buffer);
    write_buffer(buffer);
}

void fl_as_crash_file_begin(fl_as_buffer *buffer) {
    fl_as_put_literal(buffer, FL_CRASH_FILE_MAGIC "1 " FL_ARCHITECTURE "\n");
    unsummed = (size_t)(buffer->at - buffer->start);
}

static void put_hex16(char *to, uint64_t value) {
    for (int i = 15; i >= 0; i--, value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

void fl_as_crash_file_end_part(fl_as_buffer *buffer) {
    char trailer[FL_CRASH_FILE_TRAILER_LENGTH + 1] = FL_CRASH_FILE_TRAILER "0000000000000000 0000000000000000\n";
    sum(buffer);
    put_hex16(trailer + 10, checksum.length);
    put_hex16(trailer + 27, fl_as_checksum_end(&checksum));
    checksum = (fl_as_checksum){0};
    fl_as_put(buffer, trailer, FL_CRASH_FILE_TRAILER_LENGTH);
    bool whole = !buffer->full;
    write_buffer(buffer);
    parts += whole && file >= 0;
}

void fl_as_crash_file_name(void) {
    if (file < 0 || !parts) return;
    if (is(fl_as_state.directory, &fl_as_state.directory_is)) fl_as_rename(fl_as_state.directory, unfinished, name);
}

bool fl_as_crash_file_has_event(void) { return parts > 0; }
#include "uninstrumented_end.h"
#endif
