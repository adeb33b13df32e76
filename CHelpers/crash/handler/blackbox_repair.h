/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#ifdef __linux__
#include <signal.h>
#include <stdbool.h>

/* The box's file can be cut short or vanish under its mapping, whatever was reserved: a quota, a file system that
 * copies on write, a person. A fault in it is ours: memory takes its place, what the file held is lost, the service
 * goes on. Any thread, any number of times. false: the fault is no such one. */
bool fl_as_box_repairs(int signal, const siginfo_t *info);
#endif
