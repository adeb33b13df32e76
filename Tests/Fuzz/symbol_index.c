/* SPDX-License-Identifier: Apache-2.0
 *
 * The input is an index file of Seeds/elf_dwarf/swift.so, as a damaged cache might hold it, or an attacker write it:
 * what the header says of the ELF file, and all sums, are made right, so that nothing but the reading protects.
 * Checked: no fault, every string of every row is one, each address is answered once and in order, and a look-up ends
 * at its deadline. What the rows say may be wrong.
 *
 * CHelpers/symbols is built with mmap renamed to fl_fuzz_map: the "mapping" is then a block of exactly the file's size.
 */
#define _GNU_SOURCE
#include "../../CHelpers/symbols/dwarf.h"
#include "map.h"
#include "rows.h"
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#define IMAGE             "Tests/Fuzz/Seeds/elf_dwarf/swift.so"
#define LIMIT_NANOSECONDS 250000000u
#define LATE_NANOSECONDS  2000000000u
enum { ADDRESSES = 512, MAX_INFLATED = 1 << 20 };

static fl_symbols *image;
static uint64_t addresses[ADDRESSES];
static size_t address_count;

static void put(uint8_t *at, uint64_t value, size_t width) { memcpy(at, &value, width); }

static uint32_t get(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Makes right what is checked before anything else is read. */
static void seal(uint8_t *bytes, size_t size) {
    put(bytes + 16, size, 8);
    put(bytes + 24, image->file.length, 8);
    put(bytes + 32, image->symbols.length, 8);
    put(bytes + 40, image->info_size, 8);
    put(bytes + 48, image->build_id_length, 1);
    memcpy(bytes + 49, image->build_id, sizeof image->build_id);
    size_t end = FL_INDEX_HEADER;
    for (int table = 0; table < FL_INDEX_TABLES; table++) {
        size_t blocks = get(bytes + FL_INDEX_HEADER - 4 * (FL_INDEX_TABLES - table));
        for (size_t i = 0; i < blocks && end + FL_INDEX_FENCE <= size; i++, end += FL_INDEX_FENCE) {
            uint8_t *fence = bytes + end;
            uint64_t offset = get(fence + 8), length = get(fence + 12);
            if (offset <= size && length <= size - offset)
                put(fence + 16, fl_index_sum((fl_bytes){bytes + offset, length}), 4);
        }
    }
    put(bytes + 12, fl_index_sum((fl_bytes){bytes + FL_INDEX_SUMMED, end - FL_INDEX_SUMMED}), 4);
}

static void look_up(void) {
    fl_symbols_limits limits = {.max_nanoseconds = LIMIT_NANOSECONDS, .max_inflated = MAX_INFLATED};
    visit_state state = {0};
    uint64_t began = fl_monotonic();
    fl_symbols_look_up(image, addresses, address_count, limits, visit, &state);
    if (state.next != address_count || fl_monotonic() - began > LIMIT_NANOSECONDS + LATE_NANOSECONDS) abort();
    __asm__ volatile("" : : "r"(state.sum));
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count, (void)arguments;
    fl_symbols_wanted any = {0};
    if (fl_symbols_open(IMAGE, &any, &image) != FL_SYMBOLS_OK) {
        fprintf(stderr, "%s cannot be opened; run this in the repository's root, with libelf1 installed\n", IMAGE);
        exit(1);
    }
    size_t at = 0;
    Elf64_Sym symbol;
    fl_deadline deadline = fl_deadline_in(LATE_NANOSECONDS);
    while (fl_next_function(image, &deadline, &at, &symbol))
        for (uint64_t i = 0; i < symbol.st_size && address_count + 2 < ADDRESSES; i += 8)
            addresses[address_count++] = symbol.st_value + i;
    addresses[address_count++] = 0;
    addresses[address_count++] = UINT64_MAX;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size < FL_INDEX_HEADER) return 0;
    uint8_t *sealed = malloc(size);
    if (!sealed) return 0;
    memcpy(sealed, bytes, size);
    seal(sealed, size);
    int file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0 || write(file, sealed, size) != (ssize_t)size) abort();
    free(sealed);
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (fl_symbols_use_index(image, path)) look_up();
    close(file);
    fl_symbols_drop_index(image);
    return 0;
}
