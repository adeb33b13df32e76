/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions from here to uninstrumented_end.h are compiled without what the sanitizers add: it uses the state of a
 * thread that may be in ruins, and the stack of another. No guard: each source begins and ends once. */
#if defined(__clang__)
#if __has_attribute(disable_sanitizer_instrumentation)
#pragma clang attribute push(__attribute__((disable_sanitizer_instrumentation)), apply_to = function)
#define FL_UNINSTRUMENTED 1
#endif
#endif
