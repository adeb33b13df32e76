/* SPDX-License-Identifier: Apache-2.0
 * Types and constants only: the functions are found with dlopen, so that no program needs libunwind to start. */
#pragma once
#if !__has_include(<libunwind.h>)
#error "libunwind's headers are missing: apt-get install libunwind-dev"
#endif
#include <libunwind.h>
