/* SPDX-License-Identifier: Apache-2.0
 *
 * A line program, run once for all addresses of its unit (DWARF 5, 6.2.5). No row is stored: each is compared with the
 * next address that wants one. */
#ifdef __linux__
#include "dwarf.h"

enum {
    DW_LNS_extended = 0,
    DW_LNS_copy = 1,
    DW_LNS_advance_pc = 2,
    DW_LNS_advance_line = 3,
    DW_LNS_set_file = 4,
    DW_LNS_set_column = 5,
    DW_LNS_const_add_pc = 8,
    DW_LNS_fixed_advance_pc = 9,
    DW_LNE_end_sequence = 1,
    DW_LNE_set_address = 2,
};

typedef struct {
    uint64_t address;
    fl_place place;
} fl_row;

/* The registers are no part of it: they change with each opcode, and are kept out of memory. */
typedef struct {
    fl_batch *batch;
    fl_row previous; /* covers the addresses up to the next row */
    fl_row earlier;  /* the newest row of the sequence with a line; line 0: none yet */
    size_t next;     /* in of_unit: the first address at or after `previous` */
    uint64_t wanted; /* that address; the largest number: the sequence has none to give a row to */
    bool in_sequence;
    bool is_removed; /* by the linker, which left it at address 0 or 1 */
} fl_machine;

/* What the special opcodes do: a division for each of them would be half of the work. */
typedef struct {
    uint32_t step[256];
    int32_t line[256];
} fl_special_opcodes;

static fl_row begin_sequence(fl_machine *machine) {
    machine->previous = machine->earlier = (fl_row){0};
    machine->in_sequence = machine->is_removed = false;
    return (fl_row){.place = {.file = 1, .line = 1}};
}

static void want_next(fl_machine *machine) {
    const fl_batch *batch = machine->batch;
    bool is_any = machine->next < batch->of_unit_count;
    machine->wanted = is_any ? batch->of_unit[machine->next]->address : UINT64_MAX;
}

/* Gives the previous row to the addresses before the one at which the next begins. */
static void place_addresses(fl_machine *machine, uint64_t end) {
    fl_batch *batch = machine->batch;
    for (; machine->next < batch->of_unit_count; machine->next++) {
        fl_query *query = batch->of_unit[machine->next];
        if (query->address >= end) break;
        if (query->address < machine->previous.address || query->has_place) continue;
        query->has_place = true;
        query->place = machine->previous.place;
        query->has_earlier = machine->earlier.place.line && query->symbol && /* another function's line is no help */
                             machine->earlier.address >= query->symbol_address;
        query->earlier = machine->earlier.place;
        query->earlier_address = machine->earlier.address;
    }
    want_next(machine);
}

static inline void emit_row(fl_machine *machine, fl_row row) {
    if (machine->is_removed) return;
    if (!machine->in_sequence) {
        machine->next = fl_first_query(machine->batch->of_unit, machine->batch->of_unit_count, row.address);
        machine->in_sequence = true;
        want_next(machine);
    } else if (row.address > machine->wanted) {
        place_addresses(machine, row.address);
    }
    machine->previous = row;
    if (row.place.line) machine->earlier = row;
}

/* Its opcode; 0: none. `address`: of DW_LNE_set_address. */
static inline uint64_t read_extended(fl_cursor *cursor, uint64_t *address) {
    uint64_t length = fl_read_uleb(cursor);
    if (length > fl_left(cursor)) fl_fail(cursor);
    if (!length || cursor->bad) return 0;
    fl_cursor operation = {cursor->at, cursor->at + length, false};
    cursor->at += length;
    uint64_t opcode = fl_read(&operation, 1);
    if (opcode == DW_LNE_set_address) *address = fl_read(&operation, length - 1 < 8 ? (unsigned)(length - 1) : 8);
    return opcode;
}

void fl_run_lines(fl_batch *batch, const fl_unit *unit, const fl_hit *hit) {
    fl_line_header header;
    if (!fl_read_line_header(batch, unit, hit, &header)) return;
    fl_special_opcodes special;
    for (uint32_t opcode = header.opcode_base; opcode < 256; opcode++) {
        uint32_t step = opcode - header.opcode_base;
        special.step[opcode] = step / header.line_range * header.minimum_step;
        special.line[opcode] = header.line_base + (int32_t)(step % header.line_range);
    }
    uint64_t const_step = (uint64_t)((255 - header.opcode_base) / header.line_range) * header.minimum_step;
    fl_cursor cursor = header.program;
    fl_machine machine = {.batch = batch};
    fl_row now = begin_sequence(&machine);
    while (fl_left(&cursor) && !cursor.bad && !fl_step(&batch->deadline)) {
        uint32_t opcode = *cursor.at++;
        if (opcode >= header.opcode_base) {
            now.address += special.step[opcode];
            now.place.line += (uint32_t)special.line[opcode];
            emit_row(&machine, now);
            continue;
        }
        switch (opcode) {
        case DW_LNS_extended:
            switch (read_extended(&cursor, &now.address)) {
            case DW_LNE_end_sequence:
                emit_row(&machine, now);
                now = begin_sequence(&machine);
                break;
            case DW_LNE_set_address: machine.is_removed = now.address <= 1; break;
            default: break;
            }
            break;
        case DW_LNS_copy: emit_row(&machine, now); break;
        case DW_LNS_advance_pc: now.address += fl_read_uleb(&cursor) * header.minimum_step; break;
        case DW_LNS_advance_line: now.place.line += (uint32_t)fl_read_sleb(&cursor); break;
        case DW_LNS_set_file: now.place.file = fl_read_uleb(&cursor); break;
        case DW_LNS_set_column: now.place.column = (uint32_t)fl_read_uleb(&cursor); break;
        case DW_LNS_const_add_pc: now.address += const_step; break;
        case DW_LNS_fixed_advance_pc: now.address += fl_read(&cursor, 2); break;
        default: /* flags that do not matter here, and opcodes of later versions */
            for (uint8_t i = 0; i < header.operands[opcode]; i++) fl_skip_leb(&cursor);
        }
    }
}
#endif
