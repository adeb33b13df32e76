/* SPDX-License-Identifier: Apache-2.0
 *
 * A writers' lock in one word: 0 free, 1 held, 2 held and waited for. Lies in ordinary memory, never in the box: what
 * is moved into a file, or found after a death, has no locks. No reader ever takes one. See Drepper, Futexes are
 * tricky. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <sched.h>
#endif

static inline void fl_wait_while_contended(uint32_t *word) {
#ifdef __linux__
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 2, NULL);
#else
    (void)word;
    sched_yield();
#endif
}

static inline void fl_wake_one(uint32_t *word) {
#ifdef __linux__
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
#else
    (void)word;
#endif
}

static inline bool fl_try_lock(uint32_t *word) {
    uint32_t free = 0;
    return __atomic_compare_exchange_n(word, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void fl_lock(uint32_t *word) {
    if (fl_try_lock(word)) return;
    for (int spin = 0; spin < 40; spin++) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
        if (__atomic_load_n(word, __ATOMIC_RELAXED) == 0 && fl_try_lock(word)) return;
    }
    while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0) fl_wait_while_contended(word);
}

static inline void fl_unlock(uint32_t *word) {
    if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2) fl_wake_one(word);
}
