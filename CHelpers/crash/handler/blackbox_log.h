/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading one log, chunk by chunk. Memory: the caller's. Bounded by FL_LOG_LINKS_MAX chunks, however they are linked.
 */
#pragma once
#include "blackbox_format.h"

typedef struct {
    fl_link *links; /* newest first; room for FL_LOG_LINKS_MAX */
    uint32_t count;
    uint32_t records; /* in all of them; counted only when asked for some */
    uint32_t added;   /* to the log in its life, those that fell out included; likewise only when asked for some */
    bool marked;      /* one of the records that were put is FL_RECORD_MARKED */
    bool whole;       /* false: a link on the way no longer held, or never did */
} fl_as_chain;

/* From `head` back until there are `enough` records; UINT32_MAX: to the end, without counting them. */
void fl_as_chain_walk(fl_box_view view, fl_link head, uint32_t enough, fl_as_chain *chain);
/* The records' bytes, oldest first. false: they do not fit, or a chunk went away meanwhile. */
bool fl_as_chain_copy(fl_box_view view, const fl_as_chain *chain, uint8_t *to, size_t capacity, size_t *length);
/* The newest `limit` breadcrumbs, oldest first, with commas between; `out` ends in '[' or in a breadcrumb. A chunk that
 * went away takes its breadcrumbs with it: then false, and what is there is good. */
bool fl_as_chain_put_breadcrumbs(fl_box_view view, fl_as_chain *chain, uint32_t limit, fl_as_buffer *out);
