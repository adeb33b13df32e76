/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#ifdef __linux__
#include <stdbool.h>

/* Loads libunwind when it is on the machine and walks one stack with it, because its pools map their memory on first
 * use. Once, before the handlers are installed, after the first image snapshot. */
bool fl_libunwind_load(void);
#endif
