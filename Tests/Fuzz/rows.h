/* SPDX-License-Identifier: Apache-2.0
 *
 * A visitor that looks at everything a look-up hands out: every string is one, each address is answered once and in
 * order, and only the last row of a chain is not inlined. */
#pragma once
#include "../../CHelpers/symbols/include/faultline_symbols.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t next;
    uint64_t sum;    /* so that no read is optimised away */
    uint64_t owners; /* of which symbols the addresses are */
} visit_state;

static inline void touch(visit_state *state, const char *text) {
    if (text) state->sum += strlen(text);
}

static inline void touch_place(visit_state *state, fl_symbols_place place) {
    touch(state, place.directory);
    touch(state, place.file);
    state->sum += place.line + place.column;
}

static inline void visit(void *context, size_t index, const fl_symbols_row *rows, size_t count) {
    visit_state *state = context;
    if (index != state->next++) abort();
    if (count && rows[count - 1].symbol_address)
        state->owners = state->owners * 31 + index + rows[count - 1].symbol_address;
    for (size_t i = 0; i < count; i++) {
        touch(state, rows[i].name);
        touch_place(state, rows[i].place);
        touch_place(state, rows[i].nearest);
        touch(state, rows[i].compilation_directory);
        touch(state, rows[i].unit);
        state->sum += rows[i].symbol_address;
        if (rows[i].inlined != (i + 1 < count)) abort();
    }
}
