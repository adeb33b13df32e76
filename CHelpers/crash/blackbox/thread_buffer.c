/* SPDX-License-Identifier: Apache-2.0
 *
 * Serialising happens here, before any lock; no code of the service runs meanwhile. */
#include "../include/faultline_crash.h"
#include <string.h>
#include <time.h>

fl_as_buffer fl_thread_buffer(void) {
    static _Thread_local uint8_t bytes[FL_RECORD_MAX];
    return (fl_as_buffer){bytes, bytes, bytes + sizeof bytes, false};
}

/* Ten digits last until the year 2286. */
void fl_put_now(fl_as_buffer *buffer) {
    static _Thread_local struct {
        time_t second;
        uint8_t text[17];
    } kept;
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != kept.second) {
        fl_as_buffer text = {kept.text, kept.text, kept.text + sizeof kept.text, false};
        fl_as_put_epoch(&text, now.tv_sec, 0);
        kept.second = text.at == text.end ? now.tv_sec : 0;
    }
    if (now.tv_sec != kept.second) {
        fl_as_put_epoch(buffer, now.tv_sec, (uint32_t)now.tv_nsec);
        return;
    }
    uint32_t micro = (uint32_t)now.tv_nsec / 1000;
    for (int i = 16; i > 10; i--, micro /= 10) kept.text[i] = (uint8_t)('0' + micro % 10);
    fl_as_put(buffer, kept.text, sizeof kept.text);
}
