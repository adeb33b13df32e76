/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "crash_file_writer.h"
#include "crash_file.h"
#include "crash_state.h"
#include "machine.h"
#include "syscalls.h"

static uint8_t text[896 * 1024]; /* .bss: no memory until the crash */
static fl_as_checksum checksum;
static uint64_t written;

static void write_all(const uint8_t *bytes, size_t length) {
    while (length) {
        long done = fl_as_write(fl_as_state.envelope, bytes, length);
        if (done <= 0) return; /* a short file has no right trailer: recovery sees it */
        bytes += done;
        length -= (size_t)done;
        written += (uint64_t)done;
    }
}

fl_as_buffer fl_as_crash_file_buffer(void) { return (fl_as_buffer){text, text, text + sizeof text, false}; }

void fl_as_crash_file_flush(fl_as_buffer *buffer) {
    size_t length = (size_t)(buffer->at - buffer->start);
    fl_as_checksum_add(&checksum, buffer->start, length);
    write_all(buffer->start, length);
    *buffer = fl_as_crash_file_buffer();
}

void fl_as_crash_file_begin(void) {
    static const char first[] = FL_CRASH_FILE_MAGIC "1 " FL_ARCHITECTURE "\n";
    write_all((const uint8_t *)first, sizeof first - 1);
}

static void put_hex16(char *to, uint64_t value) {
    for (int i = 15; i >= 0; i--, value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

void fl_as_crash_file_end_part(void) {
    char trailer[FL_CRASH_FILE_TRAILER_LENGTH + 1] = FL_CRASH_FILE_TRAILER "0000000000000000 0000000000000000\n";
    put_hex16(trailer + 10, checksum.length);
    put_hex16(trailer + 27, fl_as_checksum_end(&checksum));
    write_all((const uint8_t *)trailer, FL_CRASH_FILE_TRAILER_LENGTH);
    checksum = (fl_as_checksum){0};
}

void fl_as_crash_file_finish(void) {
    fl_as_truncate(fl_as_state.envelope, written);
    fl_as_rename(fl_as_state.directory, "crash.envelope.tmp", "crash.envelope");
}
#endif
