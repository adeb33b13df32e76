/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "cfi_program.h"
#include "cfi_reader.h"
#include <string.h>

enum { INSTRUCTIONS_MAX = 65536 }; /* the program's length bounds it too; that one is read from the program's memory */

/* The first three have an operand in their low six bits. */
enum {
    ADVANCE_LOC = 0x40,
    OFFSET = 0x80,
    RESTORE = 0xc0,
    NOP = 0x00,
    SET_LOC,
    ADVANCE_LOC1,
    ADVANCE_LOC2,
    ADVANCE_LOC4,
    OFFSET_EXTENDED,
    RESTORE_EXTENDED,
    UNDEFINED,
    SAME_VALUE,
    REGISTER,
    REMEMBER_STATE,
    RESTORE_STATE,
    DEF_CFA,
    DEF_CFA_REGISTER,
    DEF_CFA_OFFSET,
    DEF_CFA_EXPRESSION,
    EXPRESSION,
    OFFSET_EXTENDED_SF,
    DEF_CFA_SF,
    DEF_CFA_OFFSET_SF,
    VAL_OFFSET,
    VAL_OFFSET_SF,
    VAL_EXPRESSION,
    AARCH64_NEGATE_RA_STATE_WITH_PC = 0x2c,
    AARCH64_NEGATE_RA_STATE = 0x2d,
    GNU_ARGS_SIZE = 0x2e,
    GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,
};

/* Registers that we do not follow, vectors mostly, are passed over. */
static void set_rule(fl_as_cfi_row *row, uint64_t number, enum fl_as_cfi_rule rule, int64_t value) {
    if (number >= FL_REGISTERS) return;
    row->rule[number] = (uint8_t)rule;
    row->value[number] = value;
}

static void restore_rule(fl_as_cfi_rows *rows, uint64_t number) {
    if (number >= FL_REGISTERS) return;
    rows->row.rule[number] = rows->initial.rule[number];
    rows->row.value[number] = rows->initial.value[number];
}

static int64_t scaled(uint64_t value, int64_t alignment) { return (int64_t)(value * (uint64_t)alignment); }

/* The address of an expression's block, which begins with its length; passes over it. */
static int64_t block(fl_as_cfi_reader *reader) {
    uint64_t at = reader->at;
    fl_as_cfi_skip(reader, fl_as_cfi_uleb(reader));
    return (int64_t)at;
}

static void set_cfa(fl_as_cfi_row *row, uint64_t number, int64_t offset) {
    row->cfa_by_expression = false;
    row->cfa_register = number;
    row->cfa_value = offset;
}

/* The instructions that change the row; false: not one of them. */
static bool change_row(uint64_t code, fl_as_cfi_reader *reader, const fl_as_cfi_entry *entry, fl_as_cfi_rows *rows) {
    fl_as_cfi_row *row = &rows->row;
    int64_t unit = entry->data_alignment;
    uint64_t number = 0;
    bool has_register = (code >= OFFSET_EXTENDED && code <= REGISTER) ||
                        (code >= EXPRESSION && code <= OFFSET_EXTENDED_SF) ||
                        (code >= VAL_OFFSET && code <= VAL_EXPRESSION) || code == DEF_CFA || code == DEF_CFA_SF ||
                        code == DEF_CFA_REGISTER || code == GNU_NEGATIVE_OFFSET_EXTENDED;
    if (has_register) number = fl_as_cfi_uleb(reader);
    switch (code) {
    case NOP: return true;
    case OFFSET_EXTENDED: set_rule(row, number, FL_RULE_OFFSET, scaled(fl_as_cfi_uleb(reader), unit)); return true;
    case RESTORE_EXTENDED: restore_rule(rows, number); return true;
    case UNDEFINED: set_rule(row, number, FL_RULE_UNDEFINED, 0); return true;
    case SAME_VALUE: set_rule(row, number, FL_RULE_SAME, 0); return true;
    case REGISTER: set_rule(row, number, FL_RULE_REGISTER, (int64_t)fl_as_cfi_uleb(reader)); return true;
    case REMEMBER_STATE:
        if (rows->remembered_count == FL_ROWS_REMEMBERED_MAX) return false;
        rows->remembered[rows->remembered_count++] = *row;
        return true;
    case RESTORE_STATE: /* the CFA too: gcc's unwind-dw2.c; DWARF 5 does not say */
        if (rows->remembered_count == 0) return false;
        *row = rows->remembered[--rows->remembered_count];
        return true;
    case DEF_CFA: set_cfa(row, number, (int64_t)fl_as_cfi_uleb(reader)); return true;
    case DEF_CFA_SF: set_cfa(row, number, scaled((uint64_t)fl_as_cfi_sleb(reader), unit)); return true;
    case DEF_CFA_REGISTER: row->cfa_register = number; return !row->cfa_by_expression;
    case DEF_CFA_OFFSET: row->cfa_value = (int64_t)fl_as_cfi_uleb(reader); return !row->cfa_by_expression;
    case DEF_CFA_OFFSET_SF:
        row->cfa_value = scaled((uint64_t)fl_as_cfi_sleb(reader), unit);
        return !row->cfa_by_expression;
    case DEF_CFA_EXPRESSION:
        row->cfa_by_expression = true;
        row->cfa_value = block(reader);
        return true;
    case EXPRESSION: set_rule(row, number, FL_RULE_EXPRESSION, block(reader)); return true;
    case VAL_EXPRESSION: set_rule(row, number, FL_RULE_VAL_EXPRESSION, block(reader)); return true;
    case OFFSET_EXTENDED_SF:
        set_rule(row, number, FL_RULE_OFFSET, scaled((uint64_t)fl_as_cfi_sleb(reader), unit));
        return true;
    case VAL_OFFSET: set_rule(row, number, FL_RULE_VAL_OFFSET, scaled(fl_as_cfi_uleb(reader), unit)); return true;
    case VAL_OFFSET_SF:
        set_rule(row, number, FL_RULE_VAL_OFFSET, scaled((uint64_t)fl_as_cfi_sleb(reader), unit));
        return true;
    case GNU_NEGATIVE_OFFSET_EXTENDED: /* replaced by OFFSET_EXTENDED_SF long ago */
        set_rule(row, number, FL_RULE_OFFSET, -(uint64_t)scaled(fl_as_cfi_uleb(reader), unit));
        return true;
    case GNU_ARGS_SIZE: fl_as_cfi_uleb(reader); return true; /* matters where exceptions land */
#if defined(__aarch64__)
    case AARCH64_NEGATE_RA_STATE:
    case AARCH64_NEGATE_RA_STATE_WITH_PC: row->signed_return = !row->signed_return; return true;
#endif
    default: return false;
    }
}

/* Up to the last instruction that holds at `pc`. `location` is where the row holds from. */
static bool run(fl_as_cfi_reader reader, uint64_t location, uint64_t pc, const fl_as_cfi_entry *entry,
                fl_as_cfi_rows *rows) {
    for (int i = 0; i < INSTRUCTIONS_MAX && reader.at < reader.end && !reader.bad; i++) {
        uint64_t code = fl_as_cfi_byte(&reader), low = code & 0x3f;
        switch (code & 0xc0) {
        case ADVANCE_LOC: location += low * entry->code_alignment; break;
        case OFFSET:
            set_rule(&rows->row, low, FL_RULE_OFFSET, scaled(fl_as_cfi_uleb(&reader), entry->data_alignment));
            continue;
        case RESTORE: restore_rule(rows, low); continue;
        default:
            switch (code) {
            case SET_LOC: location = fl_as_cfi_pointer(&reader, entry->pointer_encoding, 0); break;
            case ADVANCE_LOC1: location += fl_as_cfi_byte(&reader) * entry->code_alignment; break;
            case ADVANCE_LOC2: location += fl_as_cfi_unsigned(&reader, 2) * entry->code_alignment; break;
            case ADVANCE_LOC4: location += fl_as_cfi_unsigned(&reader, 4) * entry->code_alignment; break;
            default:
                if (!change_row(code, &reader, entry, rows)) return false;
                continue;
            }
        }
        if (location > pc) return !reader.bad;
    }
    return reader.at >= reader.end && !reader.bad;
}

bool fl_as_cfi_run(const fl_as_cfi_entry *entry, uint64_t pc, fl_as_cfi_rows *rows) {
    memset(&rows->row, 0, sizeof rows->row);
    rows->initial = rows->row; /* in the CIE's own instructions there is nothing to restore */
    rows->remembered_count = 0;
    if (!run(fl_as_cfi_read(entry->initial, entry->initial_end), 0, UINT64_MAX, entry, rows)) return false;
    rows->initial = rows->row;
    return run(fl_as_cfi_read(entry->program, entry->program_end), entry->start, pc, entry, rows);
}
#include "uninstrumented_end.h"
#endif
