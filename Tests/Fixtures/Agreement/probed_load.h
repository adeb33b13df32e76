/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What was readable may be gone: before each walk. */
void probed_load_forget(void);
