/* SPDX-License-Identifier: Apache-2.0
 *
 * Our own reader of call frame information. In two ways: in full, by the row of rules of the program counter; and by
 * the memo, which has room for the rules that nearly all code has (a CFA of register and offset, registers saved beside
 * it). The static memory is the reporting thread's. */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "cfi_expression.h"
#include "cfi_program.h"
#include "checked_load.h"
#include "images.h"
#include <string.h>

/* The register whose rule is the return address: no tool for these machines chooses another. */
#if defined(__x86_64__)
enum { RETURN_COLUMN = FL_REGISTER_PC };
#else
enum { RETURN_COLUMN = FL_REGISTER_LR };
#endif

/* MARK: in full */

/* What register `number` was in the caller; false: not known any more. */
static bool find_register(const fl_as_cfi_row *row, unsigned number, uint64_t cfa, const fl_as_frame *frame,
                          uint64_t *value) {
    uint64_t operand = (uint64_t)row->value[number], address;
    switch ((enum fl_as_cfi_rule)row->rule[number]) {
    case FL_RULE_UNDEFINED: return false;
    case FL_RULE_OFFSET: return fl_as_load(cfa + operand, value);
    case FL_RULE_VAL_OFFSET: *value = cfa + operand; return true;
    case FL_RULE_EXPRESSION: return fl_as_cfi_evaluate(operand, frame, &cfa, &address) && fl_as_load(address, value);
    case FL_RULE_VAL_EXPRESSION: return fl_as_cfi_evaluate(operand, frame, &cfa, value);
    case FL_RULE_UNSPECIFIED:
        if (!(FL_PRESERVED >> number & 1)) return false;
        operand = number;
        break;
    case FL_RULE_SAME: operand = number; break;
    case FL_RULE_REGISTER: break;
    }
    if (!fl_as_knows(frame, operand)) return false;
    *value = frame->registers.value[operand];
    return true;
}

/* In a leaf function of aarch64, and after a signal, the return address is still where the call has put it. */
static bool find_return_address(const fl_as_cfi_row *row, uint64_t cfa, const fl_as_frame *frame, uint64_t *value) {
    const unsigned column = RETURN_COLUMN;
    if (row->rule[column] != FL_RULE_UNSPECIFIED) return find_register(row, column, cfa, frame, value);
    if (column == FL_REGISTER_PC || !fl_as_knows(frame, column)) return false;
    *value = frame->registers.value[column];
    return true;
}

/* A call has pushed something, or the frame would have no place; only where we stand right now need it not have. */
static bool climbs(uint64_t cfa, const fl_as_frame *frame) {
    uint64_t sp = frame->registers.value[FL_REGISTER_SP];
    return cfa > sp || (cfa == sp && frame->exact);
}

static bool find_cfa(const fl_as_cfi_row *row, const fl_as_frame *frame, uint64_t *cfa) {
    if (row->cfa_by_expression) return fl_as_cfi_evaluate((uint64_t)row->cfa_value, frame, NULL, cfa);
    if (!fl_as_knows(frame, row->cfa_register)) return false;
    *cfa = frame->registers.value[row->cfa_register] + (uint64_t)row->cfa_value;
    return true;
}

static enum fl_as_step apply_row(const fl_as_cfi_entry *entry, const fl_as_cfi_row *row, fl_as_frame *frame) {
    static fl_as_frame caller;
    const unsigned column = RETURN_COLUMN;
    uint64_t cfa, return_address;
    if (row->rule[column] == FL_RULE_UNDEFINED) return FL_STEP_END;
    if (!find_cfa(row, frame, &cfa) || !find_return_address(row, cfa, frame, &return_address)) return FL_STEP_UNKNOWN;
    if (row->signed_return) return_address = fl_as_strip(return_address);
    if (return_address == 0 || (!entry->signal_frame && !climbs(cfa, frame))) return FL_STEP_END;

    caller.known = 0;
    for (unsigned i = 0; i < FL_REGISTERS; i++) {
        if (i == column && !entry->signal_frame) continue; /* a link register that the call has overwritten */
        if (find_register(row, i, cfa, frame, &caller.registers.value[i])) caller.known |= (uint64_t)1 << i;
    }
    if (!fl_as_knows(&caller, FL_REGISTER_SP)) {
        if (row->rule[FL_REGISTER_SP] != FL_RULE_UNSPECIFIED) return FL_STEP_UNKNOWN;
        caller.registers.value[FL_REGISTER_SP] = cfa;
    }
    caller.registers.value[FL_REGISTER_FP] = fl_as_unmark(caller.registers.value[FL_REGISTER_FP]);
    caller.registers.value[FL_REGISTER_PC] = return_address;
    caller.known |= FL_KNOWN_SP_PC;
    caller.exact = entry->signal_frame;
    *frame = caller;
    return FL_STEP_CALLER;
}

/* MARK: the memo */

#if defined(__x86_64__)
enum { SAVED_MAX = 6 };
static const uint8_t saved_register[SAVED_MAX] = {6, 3, 12, 13, 14, 15};
#else
enum { SAVED_MAX = 11 };
static const uint8_t saved_register[SAVED_MAX] = {29, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28};
#endif

/* The rules lie one behind the other, found by a table of their numbers: the first touch of a page costs more than a
 * rule, and rules that were spread by their hash would have a page each. */
enum { MEMO_SIZE = 4096 };
typedef struct {
    uint64_t key; /* an address inside the instruction */
    int32_t cfa_offset;
    uint16_t saved; /* bit i: saved_register[i] is at CFA + offset[i] */
    int16_t return_offset;
    uint8_t cfa_register;
    bool signed_return;
    int16_t offset[SAVED_MAX];
} simple_rule;
static simple_rule memo[MEMO_SIZE];
static uint16_t memo_number[MEMO_SIZE]; /* by hash: which rule, plus 1; 0: none. A rule belongs to one place */
static uint16_t memo_used;
static const fl_images *memo_images; /* the snapshot that the rules were made from */

void fl_as_cfi_forget(void) {
    memset(memo_number, 0, sizeof memo_number);
    memo_used = 0;
}

static uint16_t *memo_place(uint64_t key) {
    const fl_images *images = __atomic_load_n(&fl_as_images, __ATOMIC_ACQUIRE);
    if (images != memo_images) {
        fl_as_cfi_forget();
        memo_images = images;
    }
    return &memo_number[(key ^ key >> 13) % MEMO_SIZE];
}

static bool is_short(int64_t offset) { return offset == (int16_t)offset; }

/* false: the row does not fit. */
static bool simplify(const fl_as_cfi_entry *entry, const fl_as_cfi_row *row, simple_rule *rule) {
    unsigned column = RETURN_COLUMN, rules = 0, kept = 1;
    if (entry->signal_frame || row->cfa_by_expression || row->cfa_register >= FL_REGISTERS ||
        row->cfa_value != (int32_t)row->cfa_value || row->rule[column] != FL_RULE_OFFSET ||
        !is_short(row->value[column]))
        return false;
    rule->cfa_register = (uint8_t)row->cfa_register;
    rule->cfa_offset = (int32_t)row->cfa_value;
    rule->return_offset = (int16_t)row->value[column];
    rule->signed_return = row->signed_return;
    rule->saved = 0;
    for (unsigned i = 0; i < SAVED_MAX; i++) {
        unsigned number = saved_register[i];
        if (row->rule[number] != FL_RULE_OFFSET || !is_short(row->value[number])) continue;
        rule->saved |= (uint16_t)(1u << i);
        rule->offset[i] = (int16_t)row->value[number];
        kept++;
    }
    for (unsigned i = 0; i < FL_REGISTERS; i++) rules += row->rule[i] != FL_RULE_UNSPECIFIED;
    return rules == kept;
}

static enum fl_as_step apply_simple(const simple_rule *rule, fl_as_frame *frame) {
    uint64_t *value = frame->registers.value, cfa, return_address;
    if (!fl_as_knows(frame, rule->cfa_register)) return FL_STEP_UNKNOWN;
    cfa = value[rule->cfa_register] + (uint64_t)(int64_t)rule->cfa_offset;
    if (!fl_as_load(cfa + (uint64_t)(int64_t)rule->return_offset, &return_address)) return FL_STEP_UNKNOWN;
    if (rule->signed_return) return_address = fl_as_strip(return_address);
    if (return_address == 0 || !climbs(cfa, frame)) return FL_STEP_END;
    uint64_t known = frame->known & FL_PRESERVED;
    for (unsigned left = rule->saved; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctz(left), number = saved_register[i];
        uint64_t bit = (uint64_t)1 << number;
        known = fl_as_load(cfa + (uint64_t)(int64_t)rule->offset[i], &value[number]) ? known | bit : known & ~bit;
    }
    value[FL_REGISTER_FP] = fl_as_unmark(value[FL_REGISTER_FP]);
    value[FL_REGISTER_SP] = cfa;
    value[FL_REGISTER_PC] = return_address;
    frame->known = known | FL_KNOWN_SP_PC;
    frame->exact = false;
    return FL_STEP_CALLER;
}

/* The watchdog may end the stage in the middle of it: the rule becomes valid last, and its number may be lost. */
static void remember(const fl_as_cfi_entry *entry, const fl_as_cfi_row *row, uint64_t key, uint16_t *place) {
    static simple_rule made;
    if (!simplify(entry, row, &made)) return;
    made.key = key;
    uint16_t number = *place ? *place : memo_used + 1;
    if (number > MEMO_SIZE) return;
    if (number > memo_used) memo_used = number;
    *place = 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    memo[number - 1] = made;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    *place = number;
}

/* MARK: a step */

enum fl_as_step fl_as_cfi_step(fl_as_frame *frame, bool use_memo) {
    static fl_as_cfi_rows rows;
    uint64_t key = fl_as_frame_key(frame);
    uint16_t *place = use_memo ? memo_place(key) : NULL;
    if (place && *place && memo[*place - 1].key == key) return apply_simple(&memo[*place - 1], frame);
    fl_as_cfi_entry entry;
    if (!fl_as_cfi_find(key, &entry)) return FL_STEP_UNKNOWN;
#if defined(__aarch64__)
    /* The kernel's is not whole: it leads to the frame record only (arch/arm64/kernel/vdso/sigreturn.S before 5.8). */
    if (entry.signal_frame) return FL_STEP_UNKNOWN;
#endif
    if (entry.return_column != RETURN_COLUMN || !fl_as_cfi_run(&entry, key, &rows)) return FL_STEP_HARD;
    if (place) remember(&entry, &rows.row, key, place);
    return apply_row(&entry, &rows.row, frame);
}
#include "uninstrumented_end.h"
#endif
