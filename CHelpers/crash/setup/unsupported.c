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
bool fl_crash_images_refresh(void) { return false; }
const char *fl_environment(const char *name) { return getenv(name); }
const char *fl_signal_name(int32_t number) {
    (void)number;
    return "a signal";
}
const char *fl_crash_degraded(void) { return "crashes are captured on Linux only"; }
#endif
