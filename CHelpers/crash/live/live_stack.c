/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "live_stack.h"
#include "../handler/async_chain.h"
#include "../handler/syscalls.h"
#include "../handler/unwind.h"
#include "faultline_crash.h"
#include "live_rule.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>

#if defined(__x86_64__)
__asm__(".text\n"
        ".hidden fl_live_here\n"
        ".globl fl_live_here\n"
        ".type fl_live_here, @function\n"
        "fl_live_here:\n"
        "    .cfi_startproc\n"
        "    leaq 8(%rsp), %rax\n"
        "    movq %rax, (%rdi)\n"
        "    movq %rbp, 8(%rdi)\n"
        "    movq %rbx, 16(%rdi)\n"
        "    movq %r14, 24(%rdi)\n"
        "    movq (%rsp), %rax\n"
        "    movq %rax, 32(%rdi)\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size fl_live_here, .-fl_live_here\n");
#else
__asm__(".text\n"
        ".hidden fl_live_here\n"
        ".globl fl_live_here\n"
        ".type fl_live_here, @function\n"
        "fl_live_here:\n"
        "    .cfi_startproc\n"
        "    hint #34\n" /* bti c */
        "    mov x1, sp\n"
        "    stp x1, x29, [x0]\n"
        "    stp x19, x22, [x0, #16]\n"
        "    str x30, [x0, #32]\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size fl_live_here, .-fl_live_here\n");
#endif

/* MARK: bounds */

/* The end of the thread's stack: only what lies below is read. 0: it cannot be learnt. */
static uint64_t stack_end(uint64_t sp) {
    static _Thread_local uint64_t low, high;
    if (!high) {
        pthread_attr_t attributes;
        void *start;
        size_t size;
        if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
        if (pthread_attr_getstack(&attributes, &start, &size) == 0) {
            low = (uint64_t)(uintptr_t)start;
            high = low + size;
        }
        pthread_attr_destroy(&attributes);
    }
    return sp >= low && sp < high ? high : 0; /* else it is another's: a signal's alternate stack, a coroutine's */
}

typedef struct {
    fl_live_place at;
    uint64_t end;
} fl_live_walk;

static inline bool load(const fl_live_walk *walk, uint64_t address, uint64_t *value) {
    if (address < walk->at.sp || address > walk->end - 8 || address & 7) return false;
    *value = *(const uint64_t *)(uintptr_t)address;
    return true;
}

/* MARK: a step */

static bool find_cfa(const fl_live_walk *walk, fl_live_rule rule, uint64_t *cfa) {
    uint64_t offset = (uint64_t)((int64_t)rule.cfa_offset * 8);
    switch ((enum fl_live_cfa)rule.cfa) {
    case FL_LIVE_FROM_SP: *cfa = walk->at.sp + offset; return true;
    case FL_LIVE_FROM_FP: *cfa = walk->at.fp + offset; return true;
    case FL_LIVE_FROM_BASE: *cfa = walk->at.base + offset; return true;
    case FL_LIVE_STORED_AT_FP: return load(walk, walk->at.fp + offset, cfa);
    }
    return false;
}

static inline bool restore(const fl_live_walk *walk, uint64_t cfa, unsigned below, uint64_t *value) {
    return below == FL_LIVE_KEPT || load(walk, cfa - 8 * (uint64_t)below, value);
}

static bool step_by_rule(fl_live_walk *walk, fl_live_rule rule) {
    fl_live_place caller = walk->at;
    uint64_t cfa;
    if (!find_cfa(walk, rule, &cfa) || cfa <= walk->at.sp || cfa > walk->end) return false;
    if (!load(walk, cfa - 8 * (uint64_t)rule.return_below, &caller.pc)) return false;
    if (!restore(walk, cfa, rule.fp_below, &caller.fp)) return false;
    if (rule.base_below == FL_LIVE_LOST || !restore(walk, cfa, rule.base_below, &caller.base)) caller.base = 0;
    if (rule.async_below == FL_LIVE_LOST || !restore(walk, cfa, rule.async_below, &caller.async)) caller.async = 0;
    if (rule.signed_return) caller.pc = fl_as_strip(caller.pc);
    caller.fp = fl_as_unmark(caller.fp);
    caller.sp = cfa;
    walk->at = caller;
    return caller.pc != 0;
}

/* {caller's frame pointer, return address}, where the code is described by nothing. */
static bool step_by_frame_pointer(fl_live_walk *walk) {
    uint64_t at = walk->at.fp, fp, pc;
    if (!load(walk, at, &fp) || !load(walk, at + 8, &pc)) return false;
    pc = fl_as_strip(pc);
    fp = fl_as_unmark(fp);
    if (fp <= at || fp > walk->end || !fl_live_is_loaded(pc - 8) || !fl_as_follows_call(pc)) return false;
    walk->at = (fl_live_place){.sp = at + 16, .fp = fp, .pc = pc};
    return true;
}

static bool step(fl_live_walk *walk) {
    fl_live_rule rule = fl_live_rule_at(walk->at.pc);
    switch ((enum fl_live_way)rule.way) {
    case FL_LIVE_RULE: return step_by_rule(walk, rule);
    case FL_LIVE_UNDESCRIBED: return step_by_frame_pointer(walk);
    case FL_LIVE_END: return false;
    }
    return false;
}

/* MARK: who awaits */

extern void swift_job_run(void) __attribute__((weak)); /* see setup/install.c */

/* As in handler/async_chain.c: swift_job_run, or a function that it has called, has called the async function. */
typedef struct {
    uint64_t job_run;
    fl_live_place last[2], found[2]; /* the newer one first */
} fl_live_async_search;

static void look_for_async(fl_live_async_search *search, const fl_live_place *at) {
    if (fl_as_in_job_run(search->job_run, at->pc)) memcpy(search->found, search->last, sizeof search->found);
    search->last[0] = search->last[1];
    search->last[1] = *at;
}

/* What is taken for a context may be anything. The kernel reads the set before it refuses the unknown request: one call
 * that no filter forbids and that changes nothing (kernel/signal.c of Linux; Abseil's AddressIsReadable does so too).
 */
enum { PAGE = 4096 };

static bool is_readable(uint64_t address) {
    enum { NO_REQUEST = 99, SET_SIZE = 8 };
    return fl_as_system_call(SYS_rt_sigprocmask, NO_REQUEST, (long)address, 0, SET_SIZE) != -EFAULT;
}

/* The runtime aligns what a task allocates (MaximumAlignment), so that a context is within one page; and most of a
 * task's are in few. */
static _Thread_local uint64_t readable_page; /* the last one that was, of one search; 0: none */

static bool read_context(uint64_t address, fl_as_async_context *context) {
    if (address & 15 || (address / PAGE != readable_page && !is_readable(address))) return false;
    readable_page = address / PAGE;
    memcpy(context, (const void *)(uintptr_t)address, sizeof *context);
    return !context->resume || fl_live_is_loaded(context->resume);
}

static bool follow_async(const fl_live_async_search *search, const fl_live_walk *whole, fl_as_async_chain *out) {
    readable_page = 0;
    for (int i = 0; i < 2; i++) {
        uint64_t context, async = search->found[i].async;
        if (load(whole, search->found[i].fp - 8, &context) && context &&
            fl_as_follow_contexts(context, read_context, out))
            return true;
        if (async && fl_as_follow_contexts(async, read_context, out)) return true;
    }
    return false;
}

/* MARK: the walk */

enum { STEPS_MAX = 10000 }; /* 0.1 ms; what is older of a deep recursion is not looked at */

/* Both ends, as fl_as_stack keeps them of a crashed one. */
typedef struct {
    uint64_t newest[FL_LIVE_NEWEST], oldest[FL_LIVE_OLDEST];
    uint32_t depth;
} fl_live_frames;

static void add(fl_live_frames *frames, uint64_t pc) {
    if (frames->depth < FL_LIVE_NEWEST) frames->newest[frames->depth] = pc;
    else frames->oldest[(frames->depth - FL_LIVE_NEWEST) % FL_LIVE_OLDEST] = pc;
    frames->depth++;
}

static void write_oldest_first(const fl_live_frames *frames, fl_live_stack *out) {
    uint32_t newest = frames->depth < FL_LIVE_NEWEST ? frames->depth : FL_LIVE_NEWEST, more = frames->depth - newest;
    uint32_t kept = more < FL_LIVE_OLDEST ? more : FL_LIVE_OLDEST;
    for (uint32_t i = 0; i < kept; i++) out->address[out->count++] = frames->oldest[(more - 1 - i) % FL_LIVE_OLDEST];
    out->left_out = more - kept;
    out->newest = out->count;
    for (uint32_t i = newest; i-- > 0;) out->address[out->count++] = frames->newest[i];
}

__attribute__((noinline)) void fl_live_stack_capture(const void *mark, fl_live_stack *out) {
    fl_live_walk walk, whole;
    fl_live_frames frames;
    fl_as_async_chain chain;
    fl_live_async_search search = {.job_run = (uint64_t)(uintptr_t)swift_job_run};
    uint64_t marked = (uint64_t)(uintptr_t)mark;
    out->count = out->awaiting = out->newest = out->left_out = 0;
    out->loaded = fl_live_rules_renew();
    fl_live_here(&walk.at);
    walk.end = stack_end(walk.at.sp);
    if (!walk.end) return;
    whole = walk;
    if (marked >= walk.end) marked = 0;
    frames.depth = 0;
    for (int i = 0; i < STEPS_MAX && step(&walk); i++) {
        if (walk.at.sp > marked) add(&frames, walk.at.pc);
        look_for_async(&search, &walk.at);
    }
    if (search.found[1].pc && follow_async(&search, &whole, &chain)) {
        for (uint32_t i = chain.count; i-- > 0;) out->address[out->awaiting++] = chain.resume[i] + 1;
        out->count = out->awaiting;
    }
    write_oldest_first(&frames, out);
}

void fl_live_thread_find(fl_live_thread *out) {
    *out = (fl_live_thread){.id = fl_as_gettid()};
    out->main = out->id == fl_as_getpid();
    pthread_getname_np(pthread_self(), out->name, sizeof out->name);
}
#endif
