/* SPDX-License-Identifier: Apache-2.0
 *
 * Swift's task-local lookup, as `TaskLocal.get` calls it, less the retain. Declared in stdlib/public/Concurrency/
 * TaskLocal.swift of swiftlang/swift. Weak: C tests and plain C programs link without the runtime. */
#include "../include/faultline_crash.h"

#if __has_attribute(swiftcall)
#define FL_SWIFTCALL __attribute__((swiftcall))
#else
#define FL_SWIFTCALL /* one pointer in, one out: C's way on x86-64 and aarch64 too */
#endif

#ifdef __APPLE__
extern FL_SWIFTCALL void *swift_task_localValueGet(const void *key) __attribute__((weak_import));
#else
extern FL_SWIFTCALL void *swift_task_localValueGet(const void *key) __attribute__((weak));
#endif

const void *fl_as_task_local(const void *key) {
    return key && swift_task_localValueGet ? swift_task_localValueGet(key) : NULL;
}
