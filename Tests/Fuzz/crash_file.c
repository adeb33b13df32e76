/* SPDX-License-Identifier: Apache-2.0
 *
 * The input is a crash file. Checked: no fault, and what is said to be the envelope's text lies inside the input. */
#include "../../CHelpers/crash/include/faultline_crash.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    uint8_t *block = malloc(size ? size : 1);
    if (!block) abort();
    if (size) memcpy(block, bytes, size);
    size_t offset = SIZE_MAX, length = SIZE_MAX;
    enum fl_crash_file_verdict verdict = fl_crash_file_inspect(block, size, &offset, &length);
    if (offset > size || length > size - offset) abort();
    if ((verdict == FL_CRASH_FILE_EMPTY || verdict == FL_CRASH_FILE_NOT_OURS) && length) abort();
    uint64_t sum = 0; /* so that no read is optimised away */
    for (size_t i = 0; i < length; i++) sum += block[offset + i];
    __asm__ volatile("" : : "r"(sum));
    free(block);
    return 0;
}
