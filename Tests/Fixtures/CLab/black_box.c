/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "crash.h"
#include "lab.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void lab_truncate_black_box(void) {
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        char *path = strchr(line, '/');
        line[strcspn(line, "\n")] = 0;
        if (path && strstr(path, "/blackbox") && truncate(path, 0) != 0) perror(path);
    }
    if (maps) fclose(maps);
}
#endif
