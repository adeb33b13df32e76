/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays that grow by doubling. The owner frees `items`. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* Makes room for one more item; false: no memory, or `limit` items are there. The array stays usable either way. */
static inline bool fl_grow(void **items, size_t *capacity, size_t count, size_t item_size, size_t limit) {
    if (count >= limit) return false;
    if (count < *capacity) return true;
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown = realloc(*items, wanted * item_size);
    if (!grown) return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

#define FL_GROW(array, limit)                                                                                          \
    fl_grow((void **)&(array).items, &(array).capacity, (array).count, sizeof *(array).items, limit)
