/* SPDX-License-Identifier: Apache-2.0
 *
 * What scopes.c and append.c share. */
#pragma once
#include "box.h"

/* The scope's slot, locked, or NULL (and nothing locked) when the scope is not live. Unlock by fl_slot_unlock. */
fl_slot *fl_scope_lock(fl_scope scope);
/* Monotonic, some 4 ms coarse, a few nanoseconds cheap. */
uint64_t fl_scope_clock(void);
