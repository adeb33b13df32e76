/* SPDX-License-Identifier: Apache-2.0
 *
 * The backtracer's entry points of libswiftCore. Weak: not every runtime has them.
 * Source: include/swift/Runtime/Backtrace.h of swiftlang/swift. */
#include "faultline_demangle.h"
#include <string.h>

#ifdef __linux__
extern char *_swift_backtrace_demangle(const char *name, size_t length, char *buffer, size_t *buffer_size)
    __attribute__((weak));
extern bool _swift_backtrace_isThunkFunction(const char *name) __attribute__((weak));

char *fl_demangle_for_display(const char *name) {
    return _swift_backtrace_demangle ? _swift_backtrace_demangle(name, strlen(name), NULL, NULL) : NULL;
}

bool fl_is_thunk(const char *name) {
    return _swift_backtrace_isThunkFunction && _swift_backtrace_isThunkFunction(name);
}
#else
char *fl_demangle_for_display(const char *name) {
    (void)name;
    return NULL;
}

bool fl_is_thunk(const char *name) {
    (void)name;
    return false;
}
#endif
