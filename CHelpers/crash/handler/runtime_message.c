/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "runtime_message.h"
#include <string.h>

fl_runtime_message fl_as_messages[FL_MESSAGES];

/* How such a message begins, after its place in the source. Source: stdlib/public/core/Assert.swift and
 * stdlib/public/runtime/{Errors,Casting,Exclusivity}.cpp of Swift 6. */
static const char *const kinds[] = {
    "Fatal error",
    "Precondition failed",
    "Assertion failed",
    "Fatal access conflict detected",
    "Could not cast value of type",
    "Simultaneous accesses",
};

bool fl_as_split_message(const char *message, size_t length, fl_as_message_parts *out) {
    for (size_t at = 0; at < length; at++) {
        if (at && !(at >= 2 && message[at - 1] == ' ' && message[at - 2] == ':')) continue;
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            size_t n = strlen(kinds[i]);
            if (length - at < n || memcmp(message + at, kinds[i], n) != 0) continue;
            size_t text = at + n, end = length;
            while (text < length && (message[text] == ':' || message[text] == ' ')) text++;
            while (end > text && (message[end - 1] == '\n' || message[end - 1] == ' ')) end--;
            *out = (fl_as_message_parts){0, at ? at - 2 : 0, at, n, text, end - text};
            return true;
        }
    }
    return false;
}

const fl_runtime_message *fl_as_message_of(int thread, uint64_t now) {
    const fl_runtime_message *last = NULL;
    for (int i = 0; i < FL_MESSAGES; i++) {
        const fl_runtime_message *message = &fl_as_messages[i];
        if (__atomic_load_n(&message->thread, __ATOMIC_ACQUIRE) != thread) continue;
        if (message->length > FL_MESSAGE_MAX || message->type_length > message->length) continue;
        if (now - message->time < 5000000000u && (!last || message->time >= last->time)) last = message;
    }
    return last;
}
#include "uninstrumented_end.h"
#endif
