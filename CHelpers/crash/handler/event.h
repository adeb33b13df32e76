/* SPDX-License-Identifier: Apache-2.0
 *
 * The crash event's JSON text, in parts that stand for themselves: a part that is lost leaves an event without it. Each
 * but the first begins with a comma; the caller closes the object. Reporting thread only. */
#pragma once
#ifdef __linux__
#include "async_chain.h"
#include "blackbox_format.h"
#include "faultline_crash.h"
#include "swift_task.h"
#include "unwind.h"

/* What the stages before the writing have found out. Owner: report.c. */
typedef struct {
    fl_as_registers registers;
    fl_as_stack stack;
    fl_as_async_chain awaiting;
    fl_as_task task;
    fl_scope scopes[3]; /* global, isolation, current */
    uint64_t realtime;
} fl_as_findings;
extern fl_as_findings fl_as_found;

/* The envelope's header and the item's. */
void fl_as_put_envelope_header(fl_as_buffer *out);
/* The event up to the run's facts. */
void fl_as_put_beginning(fl_as_buffer *out);
/* "exception": the reason, the signal, the stack and the registers. */
void fl_as_put_exception(fl_as_buffer *out);
/* "threads" with the crashed one. */
void fl_as_put_crashed_thread(fl_as_buffer *out);
/* Tags, contexts, user, breadcrumbs …: everything of the scopes but the level, which stays fatal. */
void fl_as_put_scopes(fl_as_buffer *out);
void fl_as_put_tags(fl_as_buffer *out);
/* "debug_meta": the images; or those alone that an address of the stack lies in. */
void fl_as_put_all_images(fl_as_buffer *out);
void fl_as_put_used_images(fl_as_buffer *out);
#endif
