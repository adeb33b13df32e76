/* SPDX-License-Identifier: Apache-2.0
 *
 * The death at the end of a circumstance. */
#pragma once

#define ALONE __attribute__((noinline))

ALONE static void crash(void) { *(volatile int *)16 = 42; }
