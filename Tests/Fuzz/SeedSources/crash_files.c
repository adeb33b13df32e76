/* SPDX-License-Identifier: Apache-2.0
 *
 * crash_files DIRECTORY: the seeds of crash_file. */
#include "../../../CHelpers/crash/handler/crash_file.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT                                                                                                          \
    "{\"event_id\":\"fc6d8c0c43fc4630ad850ee518f1b9d0\",\"dsn\":\"https://key@errors.example.com/1\"}\n"               \
    "{\"type\":\"event\"}\n{\"level\":\"fatal\",\"platform\":\"native\"}\n"

static const char *directory;

static void store(const char *name, const char *bytes, size_t length) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* Appends a trailer to a file whose text begins at `start`. */
static size_t end_file(char *file, size_t start, size_t length) {
    fl_as_checksum sum = {0};
    fl_as_checksum_add(&sum, (const uint8_t *)file + start, length - start);
    return length + (size_t)sprintf(file + length, FL_CRASH_FILE_TRAILER "%016zx %016" PRIx64 "\n", length - start,
                                    fl_as_checksum_end(&sum));
}

int main(int count, char **arguments) {
    static char file[4096];
    if (count != 2) return 64;
    directory = arguments[1];
    size_t start = (size_t)sprintf(file, FL_CRASH_FILE_MAGIC "%d x86_64\n", FL_CRASH_FILE_VERSION);
    size_t text = start + (size_t)sprintf(file + start, "%s", EVENT);
    size_t whole = end_file(file, start, text);
    store("whole", file, whole);
    store("preallocated", file, whole + 256);
    store("torn-in-trailer", file, whole - 9);
    store("torn-in-text", file, text - 20);
    file[start + 5] ^= 1;
    store("wrong-sum", file, whole);
    file[start + 5] ^= 1;
    file[strlen(FL_CRASH_FILE_MAGIC)]++;
    store("other-version", file, whole);
    file[0] = 'f';
    store("not-ours", file, 64);
    memset(file, 0, 64);
    store("empty", file, 64);
    return 0;
}
