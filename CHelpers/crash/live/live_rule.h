/* SPDX-License-Identifier: Apache-2.0
 *
 * How to get from a return address to its caller, in one word: what nearly all code needs. Made of call frame
 * information once, then remembered for all threads without a lock. Any thread. */
#pragma once
#ifdef __linux__
#include <stdbool.h>
#include <stdint.h>

/* How a step is made. */
enum fl_live_way {
    FL_LIVE_UNDESCRIBED = 1, /* no call frame information, or too hard a rule: by the frame pointer */
    FL_LIVE_RULE,
    FL_LIVE_END, /* nobody has called it */
};

/* What the canonical frame address, the stack pointer before the call, is counted from. */
enum fl_live_cfa {
    FL_LIVE_FROM_SP,
    FL_LIVE_FROM_FP,
    FL_LIVE_FROM_BASE,
    FL_LIVE_STORED_AT_FP, /* the CFA itself lies at frame pointer + offset (gcc, in functions that align their stack) */
};

/* Offsets in words of 8 bytes; a register lies `…_below` words under the CFA, FL_LIVE_KEPT: it is unchanged. */
typedef struct {
    unsigned way : 2;
    unsigned cfa : 2;
    signed cfa_offset : 19;
    unsigned fp_below : 12;
    unsigned base_below : 8;
    unsigned async_below : 8;
    unsigned return_below : 12;
    bool signed_return : 1;
} __attribute__((packed)) fl_live_rule;
_Static_assert(sizeof(fl_live_rule) == sizeof(uint64_t), "a rule is stored at once");

/* Of the last two registers, FL_LIVE_LOST: it is further away, and nearly nobody asks for it. */
enum { FL_LIVE_KEPT = 0, FL_LIVE_LOST = 255 };

/* The rule of a return address, made now and remembered. */
fl_live_rule fl_live_rule_learn(uint64_t pc);
/* Call once for each walk: what was remembered of libraries that have come or gone since counts no more. Returns how
 * many have so far. */
uint64_t fl_live_rules_renew(void);
/* Lies in an image. */
bool fl_live_is_loaded(uint64_t address);

/* Two words a rule, written by whoever made it, read by everybody, never locked: the key is stored folded with the
 * rule, so that halves of two rules fit no key (R. Hyatt, T. Mann, "A lockless transposition-table implementation"). */
enum { FL_LIVE_RULES_MAX = 4096 };
typedef struct {
    uint64_t folded, rule;
} fl_live_remembered;
extern fl_live_remembered fl_live_memo[FL_LIVE_RULES_MAX] __attribute__((visibility("hidden")));
/* What the loader has added and removed, in the upper bits of keys, where addresses have none. */
extern uint64_t fl_live_epoch __attribute__((visibility("hidden")));

static inline fl_live_remembered *fl_live_place_of(uint64_t pc) {
    return &fl_live_memo[(pc ^ pc >> 11) & (FL_LIVE_RULES_MAX - 2)];
}

/* `pc`: a return address. */
static inline fl_live_rule fl_live_rule_at(uint64_t pc) {
    const fl_live_remembered *place = fl_live_place_of(pc);
    uint64_t key = pc ^ __atomic_load_n(&fl_live_epoch, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++) {
        uint64_t bits = __atomic_load_n(&place[i].rule, __ATOMIC_RELAXED);
        if ((__atomic_load_n(&place[i].folded, __ATOMIC_RELAXED) ^ bits) != key) continue;
        fl_live_rule rule;
        __builtin_memcpy(&rule, &bits, sizeof rule);
        return rule;
    }
    return fl_live_rule_learn(pc);
}
#endif
