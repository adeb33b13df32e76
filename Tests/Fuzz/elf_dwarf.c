/* SPDX-License-Identifier: Apache-2.0
 *
 * The input is an ELF file, as a user's image or debug file might be. Checked: no fault, every string of every row is
 * one, each address is answered once and in order, and a look-up ends at its deadline.
 *
 * CHelpers/symbols is built with mmap renamed to fl_fuzz_map: the "mapping" is then a block of exactly the file's size.
 */
#define _GNU_SOURCE
#include "../../CHelpers/symbols/deadline.h"
#include "../../CHelpers/symbols/elf_image.h"
#include "map.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIMIT_NANOSECONDS 250000000u
/* A run under sanitizers, beside others on a slow machine. What this is to find takes many seconds. */
#define LATE_NANOSECONDS 2000000000u
#define MAX_INFLATED     (64u << 20)
enum { ADDRESSES = 64, OF_SYMBOLS = 32, OF_RANGE = 24 };

/* MARK: addresses */

static size_t addresses_of_symbols(const fl_symbols *symbols, uint64_t *out, uint64_t *low, uint64_t *high) {
    size_t count = 0;
    fl_cursor cursor = fl_cursor_at(symbols->symbols, 0);
    *low = UINT64_MAX, *high = 0;
    while (count + 2 <= OF_SYMBOLS && fl_left(&cursor) >= sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, cursor.at, sizeof symbol);
        fl_skip(&cursor, sizeof symbol);
        if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
        out[count++] = symbol.st_value;
        out[count++] = symbol.st_value + symbol.st_size - 1;
        if (symbol.st_value < *low) *low = symbol.st_value;
        if (symbol.st_value + symbol.st_size > *high) *high = symbol.st_value + symbol.st_size;
    }
    return count;
}

/* Those that the file names, those between them, its entry, and what its last bytes say. */
static size_t choose_addresses(const fl_symbols *symbols, uint64_t *out) {
    uint64_t low, high;
    Elf64_Ehdr header;
    memcpy(&header, symbols->file.start, sizeof header); /* it is there: the file was opened */
    size_t count = addresses_of_symbols(symbols, out, &low, &high);
    if (low >= high) low = header.e_entry, high = low + OF_RANGE;
    for (uint64_t i = 0; i < OF_RANGE; i++) out[count++] = low + (high - low) / OF_RANGE * i + i % 4;
    out[count++] = header.e_entry;
    out[count++] = 0;
    out[count++] = UINT64_MAX;
    fl_cursor tail = fl_cursor_at(symbols->file, symbols->file.length - 40);
    while (count < ADDRESSES && fl_left(&tail) >= 8) out[count++] = fl_read(&tail, 8);
    return count;
}

/* MARK: what comes back */

typedef struct {
    size_t next;
    uint64_t sum; /* so that no read is optimised away */
} visit_state;

static void touch(visit_state *state, const char *text) {
    if (text) state->sum += strlen(text);
}

static void touch_place(visit_state *state, fl_symbols_place place) {
    touch(state, place.directory);
    touch(state, place.file);
    state->sum += place.line + place.column;
}

static void visit(void *context, size_t index, const fl_symbols_row *rows, size_t count) {
    visit_state *state = context;
    if (index != state->next++) abort();
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

static void look_up(fl_symbols *symbols) {
    uint64_t addresses[ADDRESSES];
    size_t count = choose_addresses(symbols, addresses);
    fl_symbols_limits limits = {.max_nanoseconds = LIMIT_NANOSECONDS, .max_inflated = MAX_INFLATED};
    visit_state state = {0};
    uint64_t began = fl_monotonic();
    fl_symbols_look_up(symbols, addresses, count, limits, visit, &state);
    uint64_t took = fl_monotonic() - began;
    if (state.next != count) abort();
    if (took > LIMIT_NANOSECONDS + LATE_NANOSECONDS) {
        fprintf(stderr, "look-up took %llu ms, its limit is %u ms\n", (unsigned long long)took / 1000000,
                LIMIT_NANOSECONDS / 1000000);
        abort();
    }
    __asm__ volatile("" : : "r"(state.sum));
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count, (void)arguments;
    if (dlopen("libelf.so.1", RTLD_NOW)) return 0; /* kept: else each input loads it anew */
    fprintf(stderr, "libelf.so.1 is missing: apt-get install libelf1\n");
    exit(1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    int file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size) abort();
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    fl_symbols *symbols;
    uint64_t began = fl_monotonic();
    enum fl_symbols_verdict verdict = fl_symbols_open(path, NULL, 0, &symbols);
    if (fl_monotonic() - began > LATE_NANOSECONDS) abort();
    close(file);
    if (verdict != FL_SYMBOLS_OK) {
        if (symbols) abort();
        return 0;
    }
    uint8_t build_id[64];
    if (fl_symbols_build_id(symbols, build_id, sizeof build_id) > sizeof build_id) abort();
    look_up(symbols);
    look_up(symbols); /* with what the first one inflated and remembered */
    fl_symbols_close(symbols);
    return 0;
}
