/* SPDX-License-Identifier: Apache-2.0
 *
 * The handler's calls of libc (handler/allowed-symbols.txt) go through the PLT of the program that we are linked into.
 * SwiftPM links without -z now, so the loader looks such a name up at its first call: in the handler, if nobody was
 * first, with the loader's code and its need of stack (ld.so(8), LD_BIND_NOW). In a release build bcmp is such a name.
 * Called once when the program starts, before any handler is installed, they are bound for good. */
#ifdef __linux__
#define _GNU_SOURCE
#include "faultline_crash.h"
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* To the compiler anything may happen in here: it must not do a call by itself, nor leave one out. */
#define OPAQUE(result) __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(length) : "r"(result) : "memory")

__attribute__((constructor)) static void bind_early(void) {
    char first[16], second[16], *a = first, *b = second;
    size_t length = sizeof first - 1;
    first[length] = second[length] = 0;
    OPAQUE(0);
    OPAQUE(memset(a, 0, length));
    OPAQUE(memset(b, 0, length));
    OPAQUE(memcpy(a, b, length));
    OPAQUE(memmove(a, b, length));
    OPAQUE(memcmp(a, b, length));
    OPAQUE(bcmp(a, b, length));
    OPAQUE(strlen(a));
    OPAQUE(fl_as_task_local(first)); /* a key that nothing is bound to: for what the Swift runtime calls in turn */
}
#endif
