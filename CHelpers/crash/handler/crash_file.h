/* SPDX-License-Identifier: Apache-2.0
 *
 * The crash file: a line that says whose it is, then parts, each a text with its trailer line.
 *
 *     FLTCRASH 1 x86_64\n
 *     {"event_id":…}\n{"type":"event"}\n{…}\n
 *     FLTTRAIL 00000000000021a4 8d3f0a…\n          length and checksum of the text above, the first line apart
 *     {"threads":[…]}\n
 *     FLTTRAIL 0000000000000312 03b7c1…\n          length and checksum of the text since the last trailer
 *
 * The first part is the envelope, and whole by itself; the second adds the other threads, in a form of our own that
 * recovery makes an event's threads of. A part without its trailer is not there.
 * The file is preallocated: what follows the trailer is zero bytes. No line of an envelope without
 * attachments begins with FLTTRAIL, so the trailer is found by its text, and believed only when its sum is right.
 * Writer: the reporting thread. Reader: setup/crash_file_reader.c, in another process, later. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define FL_CRASH_FILE_MAGIC   "FLTCRASH "
#define FL_CRASH_FILE_VERSION 1
#define FL_CRASH_FILE_TRAILER "\nFLTTRAIL "
/* Where no file can be written: begins a line of standard error that holds the event. */
#define FL_CRASH_LINE "faultline-crash: "
enum { FL_CRASH_FILE_TRAILER_LENGTH = 10 + 16 + 1 + 16 + 1 };

/* Of a text in pieces, however cut: eight bytes a step. */
typedef struct {
    uint64_t sum, length;
    uint8_t rest[8];
} fl_as_checksum;

void fl_as_checksum_add(fl_as_checksum *checksum, const uint8_t *bytes, size_t length);
uint64_t fl_as_checksum_end(const fl_as_checksum *checksum);
