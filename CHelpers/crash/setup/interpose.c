/* SPDX-License-Identifier: Apache-2.0
 *
 * The one file that defines names of libc. Left out under the sanitizers, which define them too, by the package trait
 * NoInterposers, and off glibc.
 *
 * pthread_create: every thread gets an alternate signal stack, libdispatch's and Swift concurrency's included; without
 *     one a stack overflow there kills the process before any handler can run (sigaltstack(2)).
 * fputs: libswiftCore prints the message of fatalError with it (stdlib/public/runtime/Errors.cpp); there is no other
 *     place to learn it from. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FL_NO_INTERPOSERS 1
#endif
#endif
#include <stdio.h>

#if defined(__linux__) && defined(__GLIBC__) && !defined(FL_NO_INTERPOSERS)
#define _GNU_SOURCE
#include "alternate_stack.h"
#include "last_words.h"
#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

/* MARK: pthread_create */

typedef int creator(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* In a static executable RTLD_NEXT finds nothing, and libc.a's own name is there only when something pulled its object
 * in: timer_create does. */
extern creator __pthread_create __attribute__((weak));
__attribute__((used)) static int (*const pulls_in_pthread_create)(clockid_t, struct sigevent *,
                                                                  timer_t *) = timer_create;

static creator *real_pthread_create(void) {
    static creator *found;
    creator *real = __atomic_load_n(&found, __ATOMIC_RELAXED);
    if (real) return real;
    real = __pthread_create ? __pthread_create : (creator *)dlsym(RTLD_NEXT, "pthread_create");
    __atomic_store_n(&found, real, __ATOMIC_RELAXED);
    return real;
}

typedef struct {
    void *(*start)(void *);
    void *argument;
} beginning;

/* The new thread's first words lie at the far end of its own alternate stack: nothing to allocate or free. */
static void *fl_thread_start(void *mapping) {
    beginning first = *(beginning *)fl_alternate_stack_memory(mapping);
    fl_alternate_stack_use(mapping);
    return first.start(first.argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    void *mapping = fl_alternate_stack_map();
    if (!mapping) return real_pthread_create()(thread, attributes, start, argument);
    *(beginning *)fl_alternate_stack_memory(mapping) = (beginning){start, argument};
    int error = real_pthread_create()(thread, attributes, fl_thread_start, mapping);
    if (error) fl_alternate_stack_unmap(mapping);
    return error;
}

/* The main thread was not made by pthread_create. */
__attribute__((constructor)) static void main_thread(void) { fl_alternate_stack_ensure(); }

/* MARK: fputs */

extern int _IO_fputs(const char *text, FILE *stream); /* what fputs is an alias of in glibc (libio/iofputs.c) */

int fputs(const char *restrict text, FILE *restrict stream) {
    if (stream == stderr) fl_keep_swift_message(text);
    return _IO_fputs(text, stream);
}
#endif
