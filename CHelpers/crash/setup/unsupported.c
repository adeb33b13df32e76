/* SPDX-License-Identifier: Apache-2.0
 *
 * Off Linux there is no crash core: the same calls, and nothing done. */
#ifndef __linux__
#include "faultline_crash.h"
#include <errno.h>
#include <stdlib.h>

int fl_crash_install(const fl_crash_options *options) {
    (void)options;
    return ENOTSUP;
}
void fl_crash_uninstall(void) {}
bool fl_crash_is_dying(void) { return false; }
void fl_crash_wait_for_report(void) {}
int32_t fl_crash_replaced_signal(int32_t after, const char **whose) {
    (void)after, (void)whose;
    return 0;
}
bool fl_crash_images_refresh(void) { return false; }
void fl_live_stack_capture(const void *mark, fl_live_stack *out) {
    (void)mark;
    out->count = out->awaiting = out->newest = out->left_out = 0;
    out->loaded = 0;
}
void fl_live_thread_find(fl_live_thread *out) { *out = (fl_live_thread){.main = false}; }
void fl_live_images(fl_as_buffer scratch, void *context,
                    void (*body)(void *context, uint64_t low, uint64_t high, const uint8_t *json, size_t length)) {
    (void)scratch, (void)context, (void)body;
}
const char *fl_environment(const char *name) { return getenv(name); }
const char *fl_signal_name(int32_t number) {
    (void)number;
    return "a signal";
}
const char *fl_crash_degraded(void) { return "crashes are captured on Linux only"; }
#endif
