/* SPDX-License-Identifier: Apache-2.0
 *
 * Kept without a lock: none could be left locked in a forked child. */
#include "box.h"
#include <stdlib.h>

enum { KEPT = 8, TEXT_MIN = 64 * 1024, TEXT_MAX = 4 * 1024 * 1024 };

static fl_reader_memory *kept[KEPT];

static fl_reader_memory *make(void) {
    fl_reader_memory *memory = malloc(sizeof *memory + sizeof(fl_box_scratch));
    uint8_t *text = malloc(TEXT_MIN);
    if (memory && text) {
        *memory = (fl_reader_memory){(fl_box_scratch *)(void *)(memory + 1), text, TEXT_MIN};
        return memory;
    }
    free(memory);
    free(text);
    return NULL;
}

fl_reader_memory *fl_reader_take(void) {
    for (int i = 0; i < KEPT; i++) {
        if (!__atomic_load_n(&kept[i], __ATOMIC_RELAXED)) continue;
        fl_reader_memory *memory = __atomic_exchange_n(&kept[i], NULL, __ATOMIC_ACQUIRE);
        if (memory) return memory;
    }
    return make();
}

void fl_reader_give(fl_reader_memory *memory) {
    for (int i = 0; i < KEPT && memory->capacity == TEXT_MIN; i++) {
        fl_reader_memory *none = NULL;
        if (__atomic_compare_exchange_n(&kept[i], &none, memory, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) return;
    }
    free(memory->text);
    free(memory);
}

bool fl_reader_grow(fl_reader_memory *memory) {
    uint8_t *text = memory->capacity < TEXT_MAX ? malloc(4 * memory->capacity) : NULL;
    if (!text) return false;
    free(memory->text);
    memory->text = text;
    memory->capacity *= 4;
    return true;
}
