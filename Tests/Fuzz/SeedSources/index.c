/* SPDX-License-Identifier: Apache-2.0
 *
 * index IMAGE FILE: writes the index of an ELF file. */
#include "../../../CHelpers/symbols/include/faultline_symbols.h"
#include <stdio.h>

int main(int count, char **arguments) {
    fl_symbols *image;
    fl_symbols_wanted any = {0};
    if (count != 3 || fl_symbols_open(arguments[1], &any, &image) != FL_SYMBOLS_OK) return 1;
    fl_symbols_limits limits = {.max_nanoseconds = 60000000000u, .max_inflated = 1 << 20};
    size_t length = 0;
    uint8_t *bytes = fl_symbols_make_index(image, limits, &length);
    FILE *file = bytes ? fopen(arguments[2], "w") : NULL;
    return !file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0;
}
