/* SPDX-License-Identifier: Apache-2.0
 *
 * A handler of std::terminate, chained before the one that was there. Any normal thread; the C++ library is not needed.
 */
#pragma once
#ifdef __linux__

void fl_cxx_terminate_install(void);
/* Puts the previous one back, when ours is still in place. */
void fl_cxx_terminate_uninstall(void);
#endif
