/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of rows. They lie all over the string tables; a copy of the few that are wanted lets the pages around them
 * go, which would be most of what a large batch holds. The same text of the file is always the same copy. */
#ifdef __linux__
#include "elf_image.h"
#include <stdlib.h>

/* Past it, texts are unknown: a file may name overlapping ones. */
enum { BLOCK = 256 << 10, MAX_KEPT = 16 << 20 };

struct fl_text_block {
    fl_text_block *next;
    size_t used;
    char bytes[BLOCK];
};

static size_t slot_of(const fl_kept_texts *kept, const char *text) {
    uint64_t hash = (uintptr_t)text * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio: Knuth, TAOCP 3, 6.4 */
    size_t slot = (size_t)(hash >> 32) & (kept->capacity - 1);
    while (kept->slots[slot].text && kept->slots[slot].text != text) slot = (slot + 1) & (kept->capacity - 1);
    return slot;
}

/* A power of two, half of it free. */
static bool make_room(fl_kept_texts *kept) {
    if (kept->count < kept->capacity / 2) return true;
    fl_kept_texts larger = *kept;
    larger.capacity = kept->capacity ? kept->capacity * 2 : 256;
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots) return false;
    for (size_t i = 0; i < kept->capacity; i++)
        if (kept->slots[i].text) larger.slots[slot_of(&larger, kept->slots[i].text)] = kept->slots[i];
    free(kept->slots);
    *kept = larger;
    return true;
}

static char *take(fl_kept_texts *kept, size_t size) {
    if (kept->bytes + size > MAX_KEPT) return NULL;
    if (!kept->blocks || size > BLOCK - kept->blocks->used) {
        fl_text_block *block = malloc(sizeof *block);
        if (!block) return NULL;
        block->next = kept->blocks;
        block->used = 0;
        kept->blocks = block;
    }
    char *place = kept->blocks->bytes + kept->blocks->used;
    kept->blocks->used += size;
    kept->bytes += size;
    return place;
}

size_t fl_text_length(const fl_symbols *symbols, const char *text) {
    size_t most = FL_MAX_TEXT - 1;
    for (const fl_symbols *file = symbols; file; file = file->image) {
        uintptr_t start = (uintptr_t)file->file.start, at = (uintptr_t)text;
        if (at < start || at - start >= file->file.length) continue;
        size_t left = file->file.length - (at - start);
        if (left < most) most = left;
    }
    return strnlen(text, most);
}

const char *fl_keep_text(fl_symbols *symbols, const char *text) {
    fl_kept_texts *kept = &symbols->texts;
    if (!text || !make_room(kept)) return NULL;
    size_t slot = slot_of(kept, text);
    if (kept->slots[slot].text) return kept->slots[slot].copy;
    size_t length = fl_text_length(symbols, text);
    char *copy = take(kept, length + 1);
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = 0;
    kept->slots[slot].text = text;
    kept->slots[slot].copy = copy;
    kept->count++;
    return copy;
}

void fl_free_texts(fl_kept_texts *kept) {
    while (kept->blocks) {
        fl_text_block *next = kept->blocks->next;
        free(kept->blocks);
        kept->blocks = next;
    }
    free(kept->slots);
}
#endif
