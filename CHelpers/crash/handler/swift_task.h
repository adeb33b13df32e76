/* SPDX-License-Identifier: Apache-2.0
 *
 * The Swift task that the calling thread runs. Reporting thread only; memory is the caller's. */
#pragma once
#include "faultline_crash.h"

enum { FL_TASK_NAME_MAX = 128 };

typedef struct {
    uint32_t id; /* as tools for Swift show it; 0: no task. The lower half of the runtime's own 64 bits */
    size_t name_length;
    char name[FL_TASK_NAME_MAX]; /* of `Task(name:)`, Swift 6.2 and later; cut */
} fl_as_task;

#ifdef __linux__
/* false: the thread runs none. */
bool fl_as_find_task(fl_as_task *out);
#endif
