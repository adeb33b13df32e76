/* SPDX-License-Identifier: Apache-2.0
 *
 * What CHelpers/symbols maps, when it is built with mmap, munmap and madvise renamed to these: a block of exactly the
 * file's size, so that AddressSanitizer sees a read past it. Included by one file of a target. */
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *fl_fuzz_map(void *address, size_t length, int protection, int flags, int file, off_t offset);
int fl_fuzz_unmap(void *map, size_t length);
int fl_fuzz_advise(void *map, size_t length, int advice);

void *fl_fuzz_map(void *address, size_t length, int protection, int flags, int file, off_t offset) {
    (void)address, (void)protection, (void)flags;
    uint8_t *block = malloc(length);
    if (!block || pread(file, block, length, offset) != (ssize_t)length) abort();
    return block;
}

int fl_fuzz_unmap(void *map, size_t length) {
    (void)length;
    free(map);
    return 0;
}

/* Pages of a block would not come back. */
int fl_fuzz_advise(void *map, size_t length, int advice) {
    (void)map, (void)length, (void)advice;
    return 0;
}
