/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "last_words.h"
#include "../handler/runtime_message.h"
#include "../handler/syscalls.h"
#include <string.h>
#include <time.h>

static fl_runtime_message *take_place(void) {
    static unsigned next;
    fl_runtime_message *place = &fl_as_messages[__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % FL_MESSAGES];
    __atomic_store_n(&place->thread, 0, __ATOMIC_RELEASE);
    return place;
}

static void publish(fl_runtime_message *place, size_t type_length, size_t length) {
    place->type_length = (uint32_t)type_length;
    place->length = (uint32_t)length;
    place->time = fl_as_clock(CLOCK_MONOTONIC);
    __atomic_store_n(&place->thread, fl_as_gettid(), __ATOMIC_RELEASE);
}

void fl_keep_swift_message(const char *text) {
    size_t length = strnlen(text, FL_MESSAGE_MAX);
    fl_as_message_parts parts;
    if (!fl_as_split_message(text, length < 512 ? length : 512, &parts)) return;
    fl_runtime_message *place = take_place();
    memcpy(place->text, text, length);
    publish(place, 0, length);
}

void fl_keep_uncaught(const char *type, const char *text) {
    fl_runtime_message *place = take_place();
    size_t type_length = strnlen(type, FL_MESSAGE_MAX / 2), length = strnlen(text, FL_MESSAGE_MAX / 2);
    memcpy(place->text, type, type_length);
    memcpy(place->text + type_length, text, length);
    publish(place, type_length, type_length + length);
}
#endif
