/* SPDX-License-Identifier: Apache-2.0
 *
 * The last words of a language's runtime: what fatalError and its kin print before they trap, and the C++ exception
 * that nobody catches.
 * Owner: static memory. Writer: the thread that is about to die, through setup/last_words.c, into a place of its own;
 * `thread` is stored last. Reader: the handler, the place of the crashed thread only. */
#pragma once
#ifdef __linux__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FL_MESSAGE_MAX = 4096, FL_MESSAGES = 8 };

typedef struct {
    int thread; /* 0: nothing here */
    uint32_t length;
    uint32_t type_length; /* the text begins with a type, which is no part of the sentence; 0: it is Swift's */
    uint64_t time;        /* CLOCK_MONOTONIC nanoseconds */
    char text[FL_MESSAGE_MAX];
} fl_runtime_message;

extern fl_runtime_message fl_as_messages[FL_MESSAGES];

/* "File.swift:12: Fatal error: what happened\n" in its parts; lengths 0 where a part is missing. */
typedef struct {
    size_t location, location_length, kind, kind_length, text, text_length;
} fl_as_message_parts;

/* false: not a message of Swift's runtime. */
bool fl_as_split_message(const char *message, size_t length, fl_as_message_parts *out);
/* What `thread` said last, if it was at most 5 seconds before `now`. */
const fl_runtime_message *fl_as_message_of(int thread, uint64_t now);
#endif
