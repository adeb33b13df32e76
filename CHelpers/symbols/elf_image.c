/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening an ELF file. libelf finds the containers; each of them is checked against the mapping once more, so that no
 * offset of the file is believed. */
#ifdef __linux__
#define _GNU_SOURCE
#include "elf_image.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[FL_SECTIONS] = {
    [FL_INFO] = ".debug_info",         [FL_ABBREV] = ".debug_abbrev",     [FL_RANGES] = ".debug_ranges",
    [FL_RNGLISTS] = ".debug_rnglists", [FL_ADDR] = ".debug_addr",         [FL_LINE] = ".debug_line",
    [FL_STR] = ".debug_str",           [FL_LINE_STR] = ".debug_line_str", [FL_STR_OFFSETS] = ".debug_str_offsets",
};

bool fl_map_file(const char *path, fl_bytes *out) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block */
    if (file < 0) return false;
    struct stat status;
    void *map = MAP_FAILED;
    if (fstat(file, &status) == 0) {
        if (!S_ISREG(status.st_mode)) errno = EINVAL;
        else if (status.st_size == 0) errno = ENODATA;
        else map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    int error = errno;
    close(file);
    errno = error;
    if (map == MAP_FAILED) return false;
    *out = (fl_bytes){map, (size_t)status.st_size};
    return true;
}

/* A private mapping that nobody has written to: what is dropped is read again (madvise(2)). */
void fl_let_pages_go(const fl_symbols *symbols) {
    madvise((void *)(uintptr_t)symbols->file.start, symbols->file.length, MADV_DONTNEED);
}

/* Not one with 65,280 sections or more, whose count is elsewhere (e_shnum 0): no linker makes such an image. */
static bool is_elf64(fl_bytes file) {
    Elf64_Ehdr header;
    if (file.length < sizeof header) return false;
    memcpy(&header, file.start, sizeof header);
    return memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_ident[EI_DATA] == ELFDATA2LSB && (header.e_shnum || !header.e_shoff);
}

static fl_bytes part_of(fl_bytes whole, uint64_t offset, uint64_t length) {
    if (offset > whole.length || length > whole.length - offset) return fl_no_bytes();
    return (fl_bytes){whole.start + offset, length};
}

/* Copied, for libelf points into the file, where it may lie at any address. */
static bool read_header(const fl_symbols *symbols, Elf_Scn *section, Elf64_Shdr *out) {
    const void *header = section ? symbols->libelf.section_header(section) : NULL;
    if (header) memcpy(out, header, sizeof *out);
    return header;
}

static fl_bytes section_bytes(const fl_symbols *symbols, Elf_Scn *section) {
    Elf64_Shdr header;
    if (!read_header(symbols, section, &header) || header.sh_type == SHT_NOBITS) return fl_no_bytes();
    Elf_Data *data = symbols->libelf.raw_data(section, NULL);
    if (!data || !data->d_buf || !data->d_size) return fl_no_bytes();
    uintptr_t start = (uintptr_t)data->d_buf, base = (uintptr_t)symbols->file.start;
    return start < base ? fl_no_bytes() : part_of(symbols->file, start - base, data->d_size);
}

/* MARK: build id */

/* All in a file: sections and segments may name the same bytes over and over. An image has some ten. */
enum { MAX_NOTES = 4096 };

/* Notes: name size, content size, type, then both padded to 4 bytes. `notes_left`: how many more are looked at. */
static void look_for_build_id(fl_symbols *symbols, fl_bytes notes, int *notes_left) {
    fl_cursor cursor = fl_cursor_at(notes, 0);
    while (!symbols->build_id_length && fl_left(&cursor) >= 12 && (*notes_left)-- > 0) {
        uint64_t name_size = fl_read(&cursor, 4), size = fl_read(&cursor, 4), type = fl_read(&cursor, 4);
        const uint8_t *name = cursor.at;
        fl_skip(&cursor, (name_size + 3) & ~(uint64_t)3);
        const uint8_t *content = cursor.at;
        if (size > fl_left(&cursor)) return; /* the last note may lack its padding */
        if (type == NT_GNU_BUILD_ID && name_size == 4 && !memcmp(name, "GNU", 4) && size &&
            size <= sizeof symbols->build_id) {
            memcpy(symbols->build_id, content, size);
            symbols->build_id_length = size;
        }
        uint64_t padded = (size + 3) & ~(uint64_t)3;
        fl_skip(&cursor, padded > fl_left(&cursor) ? fl_left(&cursor) : padded);
    }
}

static void read_build_id(fl_symbols *symbols) {
    Elf_Scn *section = NULL;
    int notes_left = MAX_NOTES;
    while (!symbols->build_id_length && notes_left > 0 &&
           (section = symbols->libelf.next_section(symbols->elf, section))) {
        Elf64_Shdr header;
        if (read_header(symbols, section, &header) && header.sh_type == SHT_NOTE)
            look_for_build_id(symbols, section_bytes(symbols, section), &notes_left);
    }
    size_t count = 0;
    if (symbols->build_id_length || symbols->libelf.segment_count(symbols->elf, &count) != 0) return;
    const uint8_t *segments = (const void *)symbols->libelf.segments(symbols->elf); /* where there are no sections */
    for (size_t i = 0; segments && i < count && notes_left > 0 && !symbols->build_id_length; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, segments + i * sizeof segment, sizeof segment);
        if (segment.p_type != PT_NOTE) continue;
        look_for_build_id(symbols, part_of(symbols->file, segment.p_offset, segment.p_filesz), &notes_left);
    }
}

/* MARK: sections */

static void take_symbols(fl_symbols *symbols, const Elf64_Shdr *header, fl_bytes bytes) {
    symbols->symbols = bytes;
    symbols->symbol_names = section_bytes(symbols, symbols->libelf.section(symbols->elf, header->sh_link));
}

static void find_sections(fl_symbols *symbols) {
    size_t index = 0;
    fl_bytes section_names = fl_no_bytes();
    if (symbols->libelf.names_index(symbols->elf, &index) == 0)
        section_names = section_bytes(symbols, symbols->libelf.section(symbols->elf, index));
    bool has_symtab = false;
    for (Elf_Scn *section = NULL; (section = symbols->libelf.next_section(symbols->elf, section));) {
        Elf64_Shdr header;
        if (!read_header(symbols, section, &header)) continue;
        if (header.sh_type == SHT_SYMTAB || (header.sh_type == SHT_DYNSYM && !has_symtab)) {
            fl_bytes bytes = section_bytes(symbols, section);
            if (bytes.length) take_symbols(symbols, &header, bytes);
            has_symtab = has_symtab || (bytes.length && header.sh_type == SHT_SYMTAB);
            continue;
        }
        const char *name = fl_text_at(section_names, header.sh_name);
        if (!name || strncmp(name, ".debug_", 7) != 0) continue;
        for (int kind = 0; kind < FL_SECTIONS; kind++) {
            if (strcmp(name, names[kind]) != 0) continue;
            fl_bytes bytes = section_bytes(symbols, section);
            *(header.sh_flags & SHF_COMPRESSED ? &symbols->compressed[kind] : &symbols->section[kind]) = bytes;
        }
    }
}

/* MARK: the interface */

enum fl_symbols_verdict fl_symbols_open(const char *path, const uint8_t *build_id, size_t build_id_length,
                                        fl_symbols **out) {
    *out = NULL;
    fl_symbols *symbols = calloc(1, sizeof *symbols);
    if (!symbols) return FL_SYMBOLS_NO_FILE; /* errno is ENOMEM */
    symbols->file = symbols->symbols = symbols->symbol_names = symbols->index.file = fl_no_bytes();
    for (int kind = 0; kind < FL_SECTIONS; kind++) symbols->section[kind] = symbols->compressed[kind] = fl_no_bytes();

    enum fl_symbols_verdict verdict = FL_SYMBOLS_OK;
    if (!fl_libelf_load(&symbols->libelf)) {
        verdict = FL_SYMBOLS_NO_LIBELF;
    } else if (!fl_map_file(path, &symbols->file)) {
        verdict = FL_SYMBOLS_NO_FILE;
    } else if (!is_elf64(symbols->file) || /* elf_memory only reads, whatever its type says */
               !(symbols->elf = symbols->libelf.memory((char *)(uintptr_t)symbols->file.start, symbols->file.length))) {
        verdict = FL_SYMBOLS_NOT_ELF;
    } else {
        read_build_id(symbols);
        if (build_id && (!build_id_length || build_id_length != symbols->build_id_length ||
                         memcmp(build_id, symbols->build_id, build_id_length) != 0))
            verdict = FL_SYMBOLS_OTHER_BUILD;
    }
    if (verdict != FL_SYMBOLS_OK) {
        int error = errno;
        fl_symbols_close(symbols);
        errno = error;
        return verdict;
    }
    find_sections(symbols);
    *out = symbols;
    return FL_SYMBOLS_OK;
}

void fl_symbols_close(fl_symbols *symbols) {
    if (!symbols) return;
    fl_symbols_drop_index(symbols);
    for (int kind = 0; kind < FL_SECTIONS; kind++) free(symbols->inflated[kind]);
    if (symbols->elf) symbols->libelf.end(symbols->elf);
    if (symbols->file.length) munmap((void *)(uintptr_t)symbols->file.start, symbols->file.length);
    fl_libelf_unload(&symbols->libelf);
    fl_free_texts(&symbols->texts);
    free(symbols);
}

size_t fl_symbols_build_id(const fl_symbols *symbols, uint8_t *out, size_t capacity) {
    size_t length = symbols->build_id_length < capacity ? symbols->build_id_length : capacity;
    memcpy(out, symbols->build_id, length);
    return length;
}

bool fl_symbols_has_debug_info(const fl_symbols *symbols) {
    return symbols->section[FL_INFO].length || symbols->compressed[FL_INFO].length;
}
#endif
