/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#ifdef __linux__
#include <stdbool.h>

/* Takes the first snapshot, or a new one when the loader's list has changed since; publishes it for the handler.
 * Normal threads, one at a time. false: nothing changed, or no memory. */
bool fl_image_snapshot_take(void);
#endif
