/* SPDX-License-Identifier: Apache-2.0
 *
 * Call frame instructions: they build the row of rules that holds at one program counter, from which the registers of
 * the caller follow. Owner of rows: the caller. An expression's rule is the address of its length in the program's
 * memory; it is read again when it is evaluated.
 * Sources: DWARF 5, 6.4.2; LSB 10.5.1 (the GNU ones); DWARF for the Arm 64-bit Architecture, 4.3. */
#pragma once
#ifdef __linux__
#include "cfi_table.h"
#include "machine.h"

enum { FL_ROWS_REMEMBERED_MAX = 8 };

enum fl_as_cfi_rule {
    FL_RULE_UNSPECIFIED, /* as FL_RULE_SAME where a call preserves the register */
    FL_RULE_SAME,
    FL_RULE_UNDEFINED,
    FL_RULE_OFFSET,     /* saved at CFA + value */
    FL_RULE_VAL_OFFSET, /* is CFA + value */
    FL_RULE_REGISTER,   /* is in register number `value` */
    FL_RULE_EXPRESSION, /* saved at what the expression gives; value: its address */
    FL_RULE_VAL_EXPRESSION,
};

/* CFA: the canonical frame address, the stack pointer before the call. */
typedef struct {
    bool cfa_by_expression;
    bool signed_return; /* the return address carries a pointer authentication code */
    uint64_t cfa_register;
    int64_t cfa_value; /* an offset from that register, or the address of the expression */
    uint8_t rule[FL_REGISTERS];
    int64_t value[FL_REGISTERS];
} fl_as_cfi_row;

typedef struct {
    fl_as_cfi_row row;
    fl_as_cfi_row initial; /* after the CIE's instructions */
    fl_as_cfi_row remembered[FL_ROWS_REMEMBERED_MAX];
    unsigned remembered_count;
} fl_as_cfi_rows;

/* The row for `pc` into `rows->row`; false: an instruction that we do not know, or damaged ones. */
bool fl_as_cfi_run(const fl_as_cfi_entry *entry, uint64_t pc, fl_as_cfi_rows *rows);
#endif
