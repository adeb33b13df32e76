/* SPDX-License-Identifier: Apache-2.0
 *
 * The backtracer's entry point of libswiftCore, and the C++ runtime's. Weak: not every runtime has them.
 * Source: include/swift/Runtime/Backtrace.h of swiftlang/swift; Itanium C++ ABI, 3.4. */
#include "faultline_demangle.h"
#include <string.h>

#ifdef __linux__
extern char *_swift_backtrace_demangle(const char *name, size_t length, char *buffer, size_t *buffer_size)
    __attribute__((weak));
extern char *__cxa_demangle(const char *name, char *buffer, size_t *buffer_size, int *status) __attribute__((weak));

char *fl_demangle_for_display(const char *name) {
    if (strncmp(name, "_Z", 2) == 0) return __cxa_demangle ? __cxa_demangle(name, NULL, NULL, NULL) : NULL;
    return _swift_backtrace_demangle ? _swift_backtrace_demangle(name, strlen(name), NULL, NULL) : NULL;
}
#else
char *fl_demangle_for_display(const char *name) {
    (void)name;
    return NULL;
}
#endif
