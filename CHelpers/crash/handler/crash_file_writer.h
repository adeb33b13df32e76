/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the crash file that crash_file.h describes, part by part; each part is whole with its trailer. Owner: static
 * memory of the reporting thread. */
#pragma once
#ifdef __linux__
#include "faultline_crash.h"

/* The run's file, or in a forked child a new one beside it. false: there is none; then nothing below does anything. */
bool fl_as_crash_file_open(void);
/* The file's first line, into the empty buffer. */
void fl_as_crash_file_begin(fl_as_buffer *buffer);
/* An empty buffer, large enough for any part of the event; the same one each time. */
fl_as_buffer fl_as_crash_file_buffer(void);
/* Appends what the buffer holds to the part, and empties it. */
void fl_as_crash_file_flush(fl_as_buffer *buffer);
/* Appends what the buffer holds and ends the part, in one write: from here on it is believed. The buffer has room for
 * the trailer, FL_CRASH_FILE_TRAILER_LENGTH bytes. */
void fl_as_crash_file_end_part(fl_as_buffer *buffer);
/* Writes no more: somebody else's disk does not answer. */
void fl_as_crash_file_give_up(void);
/* Gives the file its name, once the event is in it. It is read without one, too. What was reserved and not used stays:
 * to give it back costs the file system 0.1 ms. */
void fl_as_crash_file_name(void);
/* Whether the event, the first part, is whole in the file. */
bool fl_as_crash_file_has_event(void);
#endif
