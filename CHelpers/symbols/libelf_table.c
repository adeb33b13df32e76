/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "libelf_table.h"
#include <dlfcn.h>
#include <link.h>
#include <string.h>

bool fl_library_find(void *library, const char *name, void *to) {
    void *address = dlsym(library, name);
    memcpy(to, &address, sizeof address); /* a pointer to data is no pointer to a function in C */
    return address;
}

/* Of the program, which comes first. Not AT_BASE: that is 0, too, where the loader was started by its own name. */
static int has_loader(struct dl_phdr_info *program, size_t size, void *context) {
    (void)size;
    for (int i = 0; i < program->dlpi_phnum; i++)
        if (program->dlpi_phdr[i].p_type == PT_INTERP) *(bool *)context = true;
    return 1;
}

bool fl_libelf_load(fl_libelf *libelf) {
    /* A static executable has no loader: dlopen would bring a second libc along, perhaps of another version. */
    bool is_dynamic = false;
    dl_iterate_phdr(has_loader, &is_dynamic);
    if (!is_dynamic) return false;
    void *library = dlopen("libelf.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    bool whole = fl_library_find(library, "elf_version", &libelf->version) &&
                 fl_library_find(library, "elf_memory", &libelf->memory) &&
                 fl_library_find(library, "elf_end", &libelf->end) &&
                 fl_library_find(library, "elf_nextscn", &libelf->next_section) &&
                 fl_library_find(library, "elf64_getshdr", &libelf->section_header) &&
                 fl_library_find(library, "elf_rawdata", &libelf->raw_data) &&
                 fl_library_find(library, "elf_getshdrstrndx", &libelf->names_index) &&
                 fl_library_find(library, "elf_getscn", &libelf->section) &&
                 fl_library_find(library, "elf_getphdrnum", &libelf->segment_count) &&
                 fl_library_find(library, "elf64_getphdr", &libelf->segments);
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
