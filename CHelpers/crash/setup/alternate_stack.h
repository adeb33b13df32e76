/* SPDX-License-Identifier: Apache-2.0
 *
 * Alternate signal stacks: one for each thread, so that a stack overflow can be told. Mapped by the thread that
 * creates, owned by the thread that lives on it, unmapped when that thread ends. Normal threads only. */
#pragma once
#ifdef __linux__
#include <stddef.h>

/* A guard page and room for the handler above it; NULL: no memory. */
void *fl_alternate_stack_map(void);
/* Only for a mapping that no thread uses. */
void fl_alternate_stack_unmap(void *mapping);
/* Makes it the calling thread's, until the thread ends. */
void fl_alternate_stack_use(void *mapping);
/* The calling thread gets one, unless it has one that is large enough. */
void fl_alternate_stack_ensure(void);
/* After fork(2): the child has the calling thread alone. */
void fl_alternate_stack_in_child(void);
/* Bytes above the guard page, free until a signal arrives. */
void *fl_alternate_stack_memory(void *mapping);
#endif
