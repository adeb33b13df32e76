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
int32_t fl_crash_replaced_signal(int32_t after, const char **whose) {
    (void)after, (void)whose;
    return 0;
}
bool fl_crash_images_refresh(void) { return false; }
const char *fl_environment(const char *name) { return getenv(name); }
const char *fl_signal_name(int32_t number) {
    (void)number;
    return "a signal";
}
const char *fl_crash_degraded(void) { return "crashes are captured on Linux only"; }
#endif
