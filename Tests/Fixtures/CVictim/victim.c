/* SPDX-License-Identifier: Apache-2.0
 *
 *   cvictim DIRECTORY DEATH [--without-libunwind]
 *
 * A service in C: opens its box, installs the crash handler with DIRECTORY as its run, says who it is, and dies.
 * Status 2: it could not begin; 3: it came back from its death. */
#define _GNU_SOURCE
#include "victim.h"
#include "faultline_crash.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOX_SIZE = 16 << 20, ENVELOPE_SIZE = 2 << 20 };

static bool without_libunwind;

/* Before libc's: what the crash core loads at start is not there when we say so. */
void *dlopen(const char *name, int flags) {
    if (without_libunwind && name && strncmp(name, "libunwind", 9) == 0) return NULL;
    void *(*real)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
    return real(name, flags);
}

static void must(bool is_so, const char *what) {
    if (is_so) return;
    fprintf(stderr, "cvictim: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void begin_run(const char *path) {
    int directory = open(path, O_RDONLY | O_DIRECTORY);
    must(directory >= 0, path);
    int box = openat(directory, "blackbox", O_RDWR | O_CREAT | O_EXCL, 0600);
    must(box >= 0 && fl_box_attach(box, BOX_SIZE) == 0, "blackbox");
    int envelope = openat(directory, "crash.envelope.tmp", O_RDWR | O_CREAT | O_EXCL, 0600);
    must(envelope >= 0 && posix_fallocate(envelope, 0, ENVELOPE_SIZE) == 0, "crash.envelope.tmp");
    fl_crash_options options = {
        .run_directory = directory,
        .envelope = envelope,
        .header_members = "\"dsn\":\"https://key@localhost/1\"",
        .event_id = "0123456789abcdef0123456789abcdef",
        .facts = "",
    };
    static const char facts[] = "\"release\":\"cvictim@1\"", crumb[] = "{\"message\":\"about to die\"}";
    must(fl_box_set_facts((const uint8_t *)facts, strlen(facts)), "facts");
    must(fl_crash_install(&options) == 0, "fl_crash_install");
    must(!!fl_crash_degraded() == without_libunwind, "libunwind is, or is not, where it should be");
    must(fl_scope_set_tag(FL_SCOPE_ROOT, (const uint8_t *)"victim", 6, (const uint8_t *)"written in C", 12), "tag");
    must(fl_scope_append(FL_SCOPE_ROOT, FL_RECORD_BREADCRUMB, 0, (const uint8_t *)crumb, strlen(crumb), 0),
         "breadcrumb");
}

int main(int count, char **arguments) {
    const victim_death *death = victim_deaths;
    while (count > 2 && death->name && strcmp(death->name, arguments[2]) != 0) death++;
    if (count < 3 || !death->name) {
        fprintf(stderr, "cvictim DIRECTORY DEATH [--without-libunwind]; deaths:");
        for (death = victim_deaths; death->name; death++) fprintf(stderr, " %s", death->name);
        fprintf(stderr, "\n");
        return 2;
    }
    without_libunwind = count > 3 && strcmp(arguments[3], "--without-libunwind") == 0;
    must(fl_box_open(), "fl_box_open");
    if (death->before) death->before();
    begin_run(arguments[1]);
    death->die();
    return 3;
}
