/* SPDX-License-Identifier: Apache-2.0
 *
 * Swift's own demangler, which lies in libswiftCore: there is no second one, and no copy of it can fall behind the
 * compiler. Ownership: results are the caller's, to be given to free(3). Any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole name with types, or NULL when it is not a mangled Swift name. `buffer` NULL: it allocates. `flags`: 0.
 * Declared for Swift to call: no C object refers to it, so that C programs link without the Swift runtime.
 * Source: include/swift/Demangling/Demangle.h of swiftlang/swift. */
char *swift_demangle(const char *name, size_t length, char *buffer, size_t *buffer_size, uint32_t flags);

/* As the Swift backtracer shows it, `Shop.price(ofLine:in:)`; C++ names as the C++ runtime does. NULL: not mangled, or
 * this runtime cannot (it is older than 6.2, or the function was not linked). `name` ends with NUL. A hostile name of
 * 150 bytes can make a text of gigabytes: whoever calls this or swift_demangle has looked at it first. */
char *fl_demangle_for_display(const char *name);
