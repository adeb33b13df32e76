/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#ifdef __linux__
#include <stdbool.h>

/* Takes the first snapshot, or a new one when the loader's list has changed since; publishes it for the handler.
 * Normal threads, one at a time. false: nothing changed, or no memory. */
bool fl_image_snapshot_take(void);
/* After fork(2): a thread that the child does not have may have been taking one. */
void fl_image_snapshot_in_child(void);
#endif
