/* SPDX-License-Identifier: Apache-2.0
 *
 * What the worker needs of the system. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* CLOCK_MONOTONIC, nanoseconds. */
uint64_t capture_clock(void);
/* Returns at that time of the same clock. */
void capture_sleep_until(uint64_t time);
/* Resident memory of this process, and its largest so far, in KiB; 0: unknown. */
uint64_t capture_resident(void);
uint64_t capture_peak_resident(void);
/* Runs `body` on `count` new threads, which begin together, and returns when all have ended. In it, capture_meet waits
 * for the others. */
void capture_on_threads(int count, void *context, void (*body)(void *context, int number));
void capture_meet(void);
/* Writes a mebibyte to the file and syncs it, over and over. Does not return. */
void capture_sync_for_ever(const char *path);
void capture_sort(uint32_t *values, size_t count);
