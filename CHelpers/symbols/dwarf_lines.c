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

typedef struct {
    fl_batch *batch;
    fl_row now;      /* the registers */
    fl_row previous; /* covers the addresses up to `now` */
    fl_row earlier;  /* the newest row of the sequence with a line; line 0: none yet */
    size_t next;     /* in of_unit: the first address at or after `previous` */
    bool in_sequence;
    bool is_removed; /* by the linker, which left it at address 0 or 1 */
} fl_machine;

static void begin_sequence(fl_machine *machine) {
    machine->now = machine->previous = machine->earlier = (fl_row){0};
    machine->now.place = (fl_place){.file = 1, .line = 1};
    machine->in_sequence = machine->is_removed = false;
}

/* Gives the previous row to the addresses between it and now. */
static void place_addresses(fl_machine *machine) {
    fl_batch *batch = machine->batch;
    for (; machine->next < batch->of_unit_count; machine->next++) {
        fl_query *query = batch->of_unit[machine->next];
        if (query->address >= machine->now.address) return;
        if (query->address < machine->previous.address || query->has_place) continue;
        query->has_place = true;
        query->place = machine->previous.place;
        query->has_earlier = machine->earlier.place.line && query->symbol && /* another function's line is no help */
                             machine->earlier.address >= query->symbol_address;
        query->earlier = machine->earlier.place;
    }
}

static void emit_row(fl_machine *machine) {
    if (machine->is_removed) return;
    fl_batch *batch = machine->batch;
    if (!machine->in_sequence) {
        machine->next = fl_first_query(batch->of_unit, batch->of_unit_count, machine->now.address);
        machine->in_sequence = true;
    } else if (machine->now.address > machine->previous.address) {
        place_addresses(machine);
    }
    machine->previous = machine->now;
    if (machine->now.place.line) machine->earlier = machine->now;
}

static void run_extended(fl_machine *machine, fl_cursor *cursor) {
    uint64_t length = fl_read_uleb(cursor);
    if (length > fl_left(cursor)) {
        fl_fail(cursor);
        return;
    }
    if (!length) return;
    fl_cursor operation = {cursor->at, cursor->at + length, false};
    cursor->at += length;
    switch (fl_read(&operation, 1)) {
    case DW_LNE_end_sequence:
        emit_row(machine);
        begin_sequence(machine);
        break;
    case DW_LNE_set_address:
        machine->now.address = fl_read(&operation, length - 1 < 8 ? (unsigned)(length - 1) : 8);
        machine->is_removed = machine->now.address <= 1;
        break;
    default: break;
    }
}

void fl_run_lines(fl_batch *batch, const fl_unit *unit, const fl_hit *hit) {
    fl_line_header header;
    if (!fl_read_line_header(batch, unit, hit, &header)) return;
    fl_cursor *cursor = &header.program;
    fl_machine machine = {.batch = batch};
    begin_sequence(&machine);
    fl_row *now = &machine.now;
    while (fl_left(cursor) && !cursor->bad && !fl_step(&batch->deadline)) {
        uint32_t opcode = *cursor->at++;
        if (opcode >= header.opcode_base) {
            uint32_t step = opcode - header.opcode_base;
            now->address += (uint64_t)(step / header.line_range) * header.minimum_step;
            now->place.line += (uint32_t)header.line_base + step % header.line_range;
            emit_row(&machine);
            continue;
        }
        switch (opcode) {
        case DW_LNS_extended: run_extended(&machine, cursor); break;
        case DW_LNS_copy: emit_row(&machine); break;
        case DW_LNS_advance_pc: now->address += fl_read_uleb(cursor) * header.minimum_step; break;
        case DW_LNS_advance_line: now->place.line += (uint32_t)fl_read_sleb(cursor); break;
        case DW_LNS_set_file: now->place.file = fl_read_uleb(cursor); break;
        case DW_LNS_set_column: now->place.column = (uint32_t)fl_read_uleb(cursor); break;
        case DW_LNS_const_add_pc:
            now->address += (uint64_t)((255 - header.opcode_base) / header.line_range) * header.minimum_step;
            break;
        case DW_LNS_fixed_advance_pc: now->address += fl_read(cursor, 2); break;
        default: /* flags that do not matter here, and opcodes of later versions */
            for (uint8_t i = 0; i < header.operands[opcode]; i++) fl_skip_leb(cursor);
        }
    }
}
#endif
