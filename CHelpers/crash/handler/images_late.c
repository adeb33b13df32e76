/* SPDX-License-Identifier: Apache-2.0
 *
 * Libraries that were loaded after the last snapshot: the loader's own list, read as debuggers read it, without its
 * lock. Each word is checked, for the list may be in the making. */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "checked_load.h"
#include "crash_state.h"
#include "images.h"
#include <link.h>
#include <string.h>

enum { HEADERS_MAX = 64, NOTES_MAX = 4096 };

static fl_images late; /* .bss: no memory unless it is needed */

static void *load(uint64_t address, void *out, size_t length) {
    return fl_as_load_bytes(address, out, length) == length ? out : NULL;
}

static void find_build_id(uint64_t address, uint64_t size, fl_image *image) {
    uint64_t end = address + (size < NOTES_MAX ? size : NOTES_MAX);
    ElfW(Nhdr) note;
    char name[4];
    while (address + sizeof note <= end && load(address, &note, sizeof note)) {
        uint64_t text = address + sizeof note, description = text + ((note.n_namesz + 3ull) & ~3ull);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && load(text, name, 4) &&
            memcmp(name, "GNU", 4) == 0) {
            size_t length = note.n_descsz < FL_BUILD_ID_MAX ? note.n_descsz : FL_BUILD_ID_MAX;
            image->build_id_length = (uint8_t)fl_as_load_bytes(description, image->build_id, length);
            return;
        }
        address = description + ((note.n_descsz + 3ull) & ~3ull);
    }
}

/* A shared library's first page holds its headers, and is mapped where its addresses begin. */
static bool read_headers(uint64_t base, fl_image *image) {
    ElfW(Ehdr) elf;
    ElfW(Phdr) header;
    if (!load(base, &elf, sizeof elf) || memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0) return false;
    if (elf.e_phentsize != sizeof header) return false;
    *image = (fl_image){.low = UINT64_MAX, .bias = base};
    for (uint32_t i = 0; i < elf.e_phnum && i < HEADERS_MAX; i++) {
        if (!load(base + elf.e_phoff + i * sizeof header, &header, sizeof header)) return false;
        uint64_t address = base + header.p_vaddr;
        if (header.p_type == PT_LOAD) {
            if (address < image->low) image->low = address;
            if (address + header.p_memsz > image->high) image->high = address + header.p_memsz;
        }
        if (header.p_type == PT_GNU_EH_FRAME) image->eh_frame_hdr = address;
        if (header.p_type == PT_NOTE && !image->build_id_length) find_build_id(address, header.p_memsz, image);
    }
    return image->low < image->high;
}

static void add(const struct link_map *map, const fl_images *known) {
    fl_image image;
    if (!read_headers(map->l_addr, &image)) return;
    if (fl_as_images != &late) {
        late.count = known->count;
        late.left_out = known->left_out;
        late.names_used = known->names_used;
        memcpy(late.image, known->image, known->count * sizeof *known->image);
        memcpy(late.names, known->names, known->names_used);
        __atomic_store_n(&fl_as_images, &late, __ATOMIC_RELEASE);
    }
    if (late.count == FL_IMAGES_MAX) {
        late.left_out++;
        return;
    }
    size_t room = FL_IMAGE_NAMES_MAX - late.names_used;
    if (room > 1) {
        image.name = late.names_used;
        late.names_used +=
            (uint32_t)fl_as_load_string((uint64_t)(uintptr_t)map->l_name, late.names + late.names_used, room) + 1;
    }
    /* Behind the executable and before the rest: one that lies where another lay is found first. */
    uint32_t place = late.count ? 1 : 0;
    late.image[late.count] = late.image[place];
    late.image[place] = image;
    __atomic_store_n(&late.count, late.count + 1, __ATOMIC_RELEASE);
}

static bool is_known(const struct link_map *map, const fl_images *known) {
    static char name[4096];
    const fl_image *image = fl_as_image_at((uint64_t)(uintptr_t)map->l_ld);
    if (!image || image->bias != map->l_addr) return false;
    size_t length = fl_as_load_string((uint64_t)(uintptr_t)map->l_name, name, sizeof name);
    const char *ours = (fl_as_images == &late ? late.names : known->names) + image->name;
    return !length || (strlen(ours) == length && memcmp(ours, name, length) == 0);
}

void fl_as_find_late_images(void) {
    const fl_images *known = __atomic_load_n(&fl_as_images, __ATOMIC_ACQUIRE);
    uint64_t at, next;
    struct link_map map;
    if (!known || !fl_as_state.loader || !fl_as_load(fl_as_state.loader + offsetof(struct r_debug, r_map), &at)) return;
    for (int i = 0; i < FL_IMAGES_MAX && at; i++, at = next) {
        if (!load(at, &map, sizeof map)) return;
        next = (uint64_t)(uintptr_t)map.l_next;
        if (!is_known(&map, known)) add(&map, known);
    }
}
#include "uninstrumented_end.h"
#endif
