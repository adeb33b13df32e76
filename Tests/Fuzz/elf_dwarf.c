/* SPDX-License-Identifier: Apache-2.0
 *
 * The input is an ELF file, as a user's image or debug file might be. Checked: no fault, every string of every row is
 * one, each address is answered once and in order, a look-up ends at its deadline, and and an
 * index changes no symbol. (What is inlined may differ where a damaged file has it outside of its function.)
 *
 * CHelpers/symbols is built with mmap renamed to fl_fuzz_map: the "mapping" is then a block of exactly the file's size.
 */
#define _GNU_SOURCE
#include "../../CHelpers/symbols/deadline.h"
#include "../../CHelpers/symbols/elf_image.h"
#include "map.h"
#include "rows.h"
#include <dlfcn.h>
#include <stdio.h>
#include <zlib.h>

#define LIMIT_NANOSECONDS 250000000u
/* A run under sanitizers, beside others on a slow machine. What this is to find takes many seconds. */
#define LATE_NANOSECONDS 2000000000u
#define MAX_INFLATED     (64u << 20)
enum { ADDRESSES = 80, OF_SYMBOLS = 32, OF_RANGE = 24, OF_STUBS = 16 };

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

/* Those that the file names, those between them, its entry, its stubs, and what its last bytes say. */
static size_t choose_addresses(const fl_symbols *symbols, uint64_t *out) {
    uint64_t low, high;
    Elf64_Ehdr header;
    memcpy(&header, symbols->file.start, sizeof header); /* it is there: the file was opened */
    size_t count = addresses_of_symbols(symbols, out, &low, &high);
    if (low >= high) low = header.e_entry, high = low + OF_RANGE;
    for (uint64_t i = 0; i < OF_RANGE; i++) out[count++] = low + (high - low) / OF_RANGE * i + i % 4;
    for (size_t i = 0; i < OF_STUBS && symbols->stub_sections; i++) {
        const fl_stubs *stubs = &symbols->stubs[i % symbols->stub_sections];
        out[count++] = stubs->address + 12 * (i / symbols->stub_sections);
    }
    out[count++] = header.e_entry;
    out[count++] = 0;
    out[count++] = UINT64_MAX;
    fl_cursor tail = fl_cursor_at(symbols->file, symbols->file.length - 40);
    while (count < ADDRESSES && fl_left(&tail) >= 8) out[count++] = fl_read(&tail, 8);
    return count;
}

/* MARK: looking up */

/* What the owners come to; 0: the time was short. */
static uint64_t look_up(fl_symbols *symbols) {
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
    return took < LIMIT_NANOSECONDS / 2 ? state.owners : 0;
}

static void look_up_with_index(fl_symbols *symbols, uint64_t expected) {
    fl_symbols_limits limits = {.max_nanoseconds = LIMIT_NANOSECONDS, .max_inflated = MAX_INFLATED};
    size_t length = 0;
    uint64_t began = fl_monotonic();
    uint8_t *index = fl_symbols_make_index(symbols, limits, &length);
    if (fl_monotonic() - began > LIMIT_NANOSECONDS + LATE_NANOSECONDS) abort();
    if (!index) return;
    int file = memfd_create("index", MFD_CLOEXEC);
    if (file < 0 || write(file, index, length) != (ssize_t)length) abort();
    free(index);
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (!fl_symbols_use_index(symbols, path)) abort();
    close(file);
    uint64_t found = look_up(symbols);
    if (expected && found && (found != expected || !fl_symbols_has_index(symbols))) abort();
    fl_symbols_drop_index(symbols);
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count, (void)arguments;
    dlopen("libzstd.so.1", RTLD_NOW);              /* tried without it, where it is missing */
    if (dlopen("libelf.so.1", RTLD_NOW)) return 0; /* kept: else each input loads it anew */
    fprintf(stderr, "libelf.so.1 is missing: apt-get install libelf1\n");
    exit(1);
}

/* NULL: refused, within the time that it may take. */
static fl_symbols *open_within_limit(const char *path, fl_symbols_wanted wanted) {
    fl_symbols *symbols;
    uint64_t began = fl_monotonic();
    enum fl_symbols_verdict verdict = fl_symbols_open(path, &wanted, &symbols);
    if (fl_monotonic() - began > LATE_NANOSECONDS) abort();
    if ((verdict == FL_SYMBOLS_OK) != (symbols != NULL)) abort();
    return symbols;
}

/* As the debug file of an image that names it: taken when it has the sum, and no build id. */
static void open_linked(const char *path, const uint8_t *bytes, size_t size, const fl_symbols *image) {
    static const uint8_t build_id[] = {0};
    uint32_t sum = (uint32_t)crc32(0, bytes, (uInt)size), link = 0;
    fl_symbols_wanted wanted = {build_id, sizeof build_id, &sum, LIMIT_NANOSECONDS, {NULL, NULL}};
    const char *name = fl_symbols_debug_link(image, &link);
    if (name && !strlen(name)) abort();
    fl_symbols *linked = open_within_limit(path, wanted);
    uint8_t own[64];
    if (linked && fl_symbols_build_id(linked, own, sizeof own) > sizeof build_id) abort();
    if (!linked && !fl_symbols_build_id(image, own, sizeof own)) abort();
    fl_symbols_close(linked);
    sum ^= 1;
    linked = open_within_limit(path, wanted);
    if (linked && !fl_symbols_build_id(linked, own, sizeof own)) abort();
    fl_symbols_close(linked);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    int file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size) abort();
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    fl_symbols *symbols = open_within_limit(path, (fl_symbols_wanted){0});
    if (symbols) {
        uint8_t build_id[64];
        if (fl_symbols_build_id(symbols, build_id, sizeof build_id) > sizeof build_id) abort();
        open_linked(path, bytes, size, symbols);
        look_up_with_index(symbols, look_up(symbols));
        /* With what the first one inflated and remembered, and as if it were split off itself. */
        fl_symbols_complete(symbols, open_within_limit(path, (fl_symbols_wanted){0}));
        look_up(symbols);
    }
    fl_symbols_close(symbols);
    close(file);
    return 0;
}
