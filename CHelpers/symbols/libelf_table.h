/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of libelf that are used, found with dlopen: a service must start where libelf is not installed. */
#pragma once
#if !__has_include(<libelf.h>)
#error "libelf's headers are missing: apt-get install libelf-dev"
#endif
#include <libelf.h>
#include <stdbool.h>

typedef struct {
    void *library;
    __typeof__(elf_version) *version;
    __typeof__(elf_memory) *memory;
    __typeof__(elf_end) *end;
    __typeof__(elf_nextscn) *next_section;
    __typeof__(elf64_getshdr) *section_header;
    __typeof__(elf_rawdata) *raw_data;
    __typeof__(elf_getshdrstrndx) *names_index;
    __typeof__(elf_getscn) *section;
    __typeof__(elf_getphdrnum) *segment_count;
    __typeof__(elf64_getphdr) *segments;
} fl_libelf;

/* Of a library that dlopen gave, by its name, into the pointer at `to`. */
bool fl_library_find(void *library, const char *name, void *to);
/* false: libelf.so.1 is not there, or is not what its headers say. */
bool fl_libelf_load(fl_libelf *libelf);
void fl_libelf_unload(fl_libelf *libelf);
