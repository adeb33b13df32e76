/* SPDX-License-Identifier: Apache-2.0
 *
 * The time limit of a batch: asked in every loop whose length the file decides. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

typedef struct {
    uint64_t at; /* CLOCK_MONOTONIC nanoseconds */
    uint32_t steps;
    bool passed; /* stays true */
} fl_deadline;

static inline uint64_t fl_monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline fl_deadline fl_deadline_in(uint64_t nanoseconds) {
    uint64_t now = fl_monotonic();
    return (fl_deadline){.at = nanoseconds > UINT64_MAX - now ? UINT64_MAX : now + nanoseconds};
}

static inline bool fl_is_past(fl_deadline *deadline) {
    if (!deadline->passed) deadline->passed = fl_monotonic() >= deadline->at;
    return deadline->passed;
}

/* The clock is read once in 1,024 calls: a read costs as much as a dozen steps. */
static inline bool fl_step(fl_deadline *deadline) {
    if (++deadline->steps % 1024 == 0) fl_is_past(deadline);
    return deadline->passed;
}
