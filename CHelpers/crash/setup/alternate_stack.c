/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "alternate_stack.h"
#include "../handler/crash_state.h"
#include "../handler/syscalls.h"
#include "../handler/threads.h"
#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef AT_MINSIGSTKSZ /* since Linux 5.14; glibc 2.34 has the name */
#define AT_MINSIGSTKSZ 51
#endif

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static size_t page(void) { return (size_t)sysconf(_SC_PAGESIZE); }

/* The kernel's frame grows with the processor's vector registers: AVX-512 alone takes 2.7 KiB (signal(7)). */
static size_t usable(void) {
    size_t kernel = getauxval(AT_MINSIGSTKSZ);
    size_t size = (kernel < 8192 ? 8192 : kernel) + FL_ALTERNATE_STACK;
    return (size + page() - 1) & ~(page() - 1);
}

void *fl_alternate_stack_map(void) {
    void *mapping = mmap(NULL, page() + usable(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return NULL;
    if (mprotect((char *)mapping + page(), usable(), PROT_READ | PROT_WRITE) == 0) return mapping;
    fl_alternate_stack_unmap(mapping);
    return NULL;
}

void fl_alternate_stack_unmap(void *mapping) { munmap(mapping, page() + usable()); }

void *fl_alternate_stack_memory(void *mapping) { return (char *)mapping + page(); }

/* The handler must know the threads also where /proc is not there. Beyond FL_THREADS_MAX it asks the kernel. */
static _Thread_local int32_t *registered;

static void enter_registry(void) {
    static uint32_t next;
    int32_t self = fl_as_gettid();
    uint32_t start = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < FL_THREADS_MAX; i++) {
        int32_t *place = &fl_as_thread_ids[(start + i) % FL_THREADS_MAX], nobody = 0;
        if (__atomic_load_n(place, __ATOMIC_RELAXED) == 0 &&
            __atomic_compare_exchange_n(place, &nobody, self, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
            registered = place;
            return;
        }
    }
}

void fl_alternate_stack_in_child(void) {
    memset(fl_as_thread_ids, 0, sizeof fl_as_thread_ids);
    if (registered) __atomic_store_n(registered, fl_as_gettid(), __ATOMIC_RELEASE);
}

static void give_back(void *mapping) {
    if (registered) __atomic_store_n(registered, 0, __ATOMIC_RELEASE);
    registered = NULL;
    stack_t now, off = {.ss_flags = SS_DISABLE};
    if (sigaltstack(NULL, &now) == 0 && now.ss_sp == fl_alternate_stack_memory(mapping)) sigaltstack(&off, NULL);
    fl_alternate_stack_unmap(mapping);
}

static void make_key(void) { pthread_key_create(&key, give_back); }

void fl_alternate_stack_use(void *mapping) {
    stack_t ours = {.ss_sp = fl_alternate_stack_memory(mapping), .ss_size = usable()};
    pthread_once(&once, make_key);
    if (sigaltstack(&ours, NULL) != 0 || pthread_setspecific(key, mapping) != 0) give_back(mapping);
    else enter_registry();
}

void fl_alternate_stack_ensure(void) {
    stack_t now;
    if (sigaltstack(NULL, &now) == 0 && !(now.ss_flags & SS_DISABLE) && now.ss_size >= usable()) return;
    void *mapping = fl_alternate_stack_map();
    if (mapping) fl_alternate_stack_use(mapping);
}
#endif
