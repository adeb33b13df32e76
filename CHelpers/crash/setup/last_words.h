/* SPDX-License-Identifier: Apache-2.0
 *
 * What a thread says before it dies, kept for the handler (handler/runtime_message.h). Any normal thread; no lock. */
#pragma once
#ifdef __linux__
#include <stddef.h>

/* A line on its way to stderr; kept when it is one of Swift's. */
void fl_keep_swift_message(const char *text);
/* An error that nobody catches: `std::runtime_error`, and what it says. Both are cut to fit. */
void fl_keep_uncaught(const char *type, const char *text);
#endif
