/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include "libelf_table.h"
#include <dlfcn.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif
#include <string.h>

static bool find(void *library, const char *name, void *to) {
    void *address = dlsym(library, name);
    memcpy(to, &address, sizeof address); /* a pointer to data is no pointer to a function in C */
    return address;
}

bool fl_libelf_load(fl_libelf *libelf) {
#ifdef __linux__
    /* A static executable has no loader: dlopen would bring a second libc along, perhaps of another version. */
    if (!getauxval(AT_BASE)) return false;
#endif
    void *library = dlopen("libelf.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    bool whole =
        find(library, "elf_version", &libelf->version) && find(library, "elf_memory", &libelf->memory) &&
        find(library, "elf_end", &libelf->end) && find(library, "elf_nextscn", &libelf->next_section) &&
        find(library, "elf64_getshdr", &libelf->section_header) && find(library, "elf_rawdata", &libelf->raw_data) &&
        find(library, "elf_getshdrstrndx", &libelf->names_index) && find(library, "elf_getscn", &libelf->section) &&
        find(library, "elf_getphdrnum", &libelf->segment_count) && find(library, "elf64_getphdr", &libelf->segments);
    if (!whole || libelf->version(EV_CURRENT) == EV_NONE) {
        dlclose(library);
        return false;
    }
    libelf->library = library;
    return true;
}

void fl_libelf_unload(fl_libelf *libelf) {
    if (libelf->library) dlclose(libelf->library);
    libelf->library = NULL;
}
#endif
