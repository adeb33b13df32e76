/* SPDX-License-Identifier: Apache-2.0
 *
 * Off Linux there are no ELF images to read. */
#ifndef __linux__
#include "faultline_symbols.h"

enum fl_symbols_verdict fl_symbols_open(const char *path, const fl_symbols_wanted *wanted, fl_symbols **out) {
    (void)path, (void)wanted;
    *out = NULL;
    return FL_SYMBOLS_NO_LIBELF;
}

enum fl_symbols_verdict fl_symbols_open_vdso(const fl_symbols_wanted *wanted, fl_symbols **out) {
    return fl_symbols_open(NULL, wanted, out);
}

void fl_symbols_close(fl_symbols *symbols) { (void)symbols; }

void fl_symbols_complete(fl_symbols *symbols, fl_symbols *image) { (void)symbols, (void)image; }

size_t fl_symbols_build_id(const fl_symbols *symbols, uint8_t *out, size_t capacity) {
    (void)symbols, (void)out, (void)capacity;
    return 0;
}

const char *fl_symbols_debug_link(const fl_symbols *symbols, uint32_t *sum) {
    (void)symbols;
    *sum = 0;
    return NULL;
}

int64_t fl_symbols_written(const fl_symbols *symbols) {
    (void)symbols;
    return 0;
}

bool fl_symbols_has_debug_info(const fl_symbols *symbols) {
    (void)symbols;
    return false;
}

void fl_symbols_look_up(fl_symbols *symbols, const uint64_t *addresses, size_t count, fl_symbols_limits limits,
                        fl_symbols_visitor *visit, void *context) {
    (void)symbols, (void)addresses, (void)limits;
    for (size_t i = 0; i < count; i++) visit(context, i, NULL, 0);
}

bool fl_symbols_use_index(fl_symbols *symbols, const char *path) {
    (void)symbols, (void)path;
    return false;
}

size_t fl_symbols_scanned_size(const fl_symbols *symbols) {
    (void)symbols;
    return 0;
}

bool fl_symbols_has_index(const fl_symbols *symbols) {
    (void)symbols;
    return false;
}

void fl_symbols_drop_index(fl_symbols *symbols) { (void)symbols; }

uint8_t *fl_symbols_make_index(fl_symbols *symbols, fl_symbols_limits limits, size_t *length) {
    (void)symbols, (void)limits, (void)length;
    return NULL;
}
#endif
