/* SPDX-License-Identifier: Apache-2.0
 *
 * Mapped files that can be cut short or vanish under their mapping: the box's, whatever was reserved (a quota, a file
 * system that copies on write, a person), and debug files of others. Writers: who maps such a file, by
 * fl_as_guard_begin and fl_as_guard_end, any thread. Reader: the handler. */
#pragma once
#ifdef __linux__
#include <signal.h>
#include <stdbool.h>

/* A SIGBUS in one of them: zeros take the place of the whole file, of which nothing can be believed any more, and the
 * service goes on. Any thread, any number of times. false: the fault is no such one. */
bool fl_as_guard_repairs(int signal, const siginfo_t *info);
#endif
