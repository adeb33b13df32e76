/* SPDX-License-Identifier: Apache-2.0
 * Types and constants only: the functions are found with dlopen, so that no program needs libelf to start. */
#pragma once
#if !__has_include(<libelf.h>)
#error "libelf's headers are missing: apt-get install libelf-dev"
#endif
#include <libelf.h>
