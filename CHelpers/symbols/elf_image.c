/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening an ELF file. libelf finds the containers; each of them is checked against the mapping once more, so that no
 * offset of the file is believed. */
#ifdef __linux__
#include "elf_image.h"
#include <errno.h>
#include <stdlib.h>

static const char *const names[FL_SECTIONS] = {
    [FL_INFO] = ".debug_info",         [FL_ABBREV] = ".debug_abbrev",     [FL_RANGES] = ".debug_ranges",
    [FL_RNGLISTS] = ".debug_rnglists", [FL_ADDR] = ".debug_addr",         [FL_LINE] = ".debug_line",
    [FL_STR] = ".debug_str",           [FL_LINE_STR] = ".debug_line_str", [FL_STR_OFFSETS] = ".debug_str_offsets",
};

/* Not one with 65,280 sections or more, whose count is elsewhere (e_shnum 0): no linker makes such an image. */
static bool is_elf64(fl_bytes file) {
    Elf64_Ehdr header;
    if (file.length < sizeof header) return false;
    memcpy(&header, file.start, sizeof header);
    return memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_ident[EI_DATA] == ELFDATA2LSB && (header.e_shnum || !header.e_shoff);
}

fl_bytes fl_part_of(fl_bytes whole, uint64_t offset, uint64_t length) {
    if (offset > whole.length || length > whole.length - offset) return fl_no_bytes();
    return (fl_bytes){whole.start + offset, length};
}

bool fl_section_header(const fl_symbols *symbols, Elf_Scn *section, Elf64_Shdr *out) {
    const void *header = section ? symbols->libelf.section_header(section) : NULL;
    if (header) memcpy(out, header, sizeof *out);
    return header;
}

fl_bytes fl_section_bytes(const fl_symbols *symbols, Elf_Scn *section) {
    Elf64_Shdr header;
    if (!fl_section_header(symbols, section, &header) || header.sh_type == SHT_NOBITS) return fl_no_bytes();
    Elf_Data *data = symbols->libelf.raw_data(section, NULL);
    if (!data || !data->d_buf || !data->d_size) return fl_no_bytes();
    uintptr_t start = (uintptr_t)data->d_buf, base = (uintptr_t)symbols->file.start;
    return start < base ? fl_no_bytes() : fl_part_of(symbols->file, start - base, data->d_size);
}

/* MARK: sections */

static void take_symbols(fl_symbols *symbols, const Elf64_Shdr *header, fl_bytes bytes) {
    symbols->symbols = bytes;
    symbols->symbol_names = fl_section_bytes(symbols, symbols->libelf.section(symbols->elf, header->sh_link));
}

static void take_stubs(fl_symbols *symbols, const Elf64_Shdr *header, fl_bytes bytes) {
    if (!bytes.length || !(header->sh_flags & SHF_EXECINSTR) || symbols->stub_sections == FL_MAX_STUB_SECTIONS) return;
    symbols->stubs[symbols->stub_sections++] = (fl_stubs){header->sh_addr, header->sh_entsize, bytes};
}

static void take_debug_section(fl_symbols *symbols, const char *name, const Elf64_Shdr *header, Elf_Scn *section) {
    for (int kind = 0; kind < FL_SECTIONS; kind++) {
        if (strcmp(name, names[kind]) != 0) continue;
        fl_bytes bytes = fl_section_bytes(symbols, section);
        *(header->sh_flags & SHF_COMPRESSED ? &symbols->compressed[kind] : &symbols->section[kind]) = bytes;
        if (kind == FL_INFO) symbols->info_size = bytes.length;
    }
}

static void find_sections(fl_symbols *symbols) {
    size_t index = 0;
    fl_bytes section_names = fl_no_bytes();
    if (symbols->libelf.names_index(symbols->elf, &index) == 0)
        section_names = fl_section_bytes(symbols, symbols->libelf.section(symbols->elf, index));
    bool has_symtab = false;
    for (Elf_Scn *section = NULL; (section = symbols->libelf.next_section(symbols->elf, section));) {
        Elf64_Shdr header;
        if (!fl_section_header(symbols, section, &header)) continue;
        if (header.sh_type == SHT_SYMTAB || (header.sh_type == SHT_DYNSYM && !has_symtab)) {
            fl_bytes bytes = fl_section_bytes(symbols, section);
            if (bytes.length) take_symbols(symbols, &header, bytes);
            has_symtab = has_symtab || (bytes.length && header.sh_type == SHT_SYMTAB);
            continue;
        }
        const char *name = fl_text_at(section_names, header.sh_name);
        if (!name) continue;
        if (!strncmp(name, ".debug_", 7)) take_debug_section(symbols, name, &header, section);
        else if (!strncmp(name, ".plt", 4) || !strcmp(name, ".iplt"))
            take_stubs(symbols, &header, fl_section_bytes(symbols, section));
        else if (!strcmp(name, ".gnu_debuglink")) symbols->debug_link = fl_section_bytes(symbols, section);
    }
}

/* MARK: the interface */

static enum fl_symbols_verdict compare(const fl_symbols *symbols, const fl_symbols_wanted *wanted) {
    if (!wanted->build_id && !wanted->sum) return FL_SYMBOLS_OK;
    bool same = wanted->build_id && wanted->build_id_length && wanted->build_id_length == symbols->build_id_length &&
                memcmp(wanted->build_id, symbols->build_id, symbols->build_id_length) == 0;
    if (wanted->sum && (!wanted->build_id || !symbols->build_id_length)) {
        fl_deadline deadline = fl_deadline_in(wanted->max_nanoseconds);
        uint32_t sum;
        if (!fl_sum_of_file(symbols, &deadline, &sum)) {
            errno = ETIMEDOUT;
            return FL_SYMBOLS_NO_FILE;
        }
        same = sum == *wanted->sum;
    }
    return same ? FL_SYMBOLS_OK : FL_SYMBOLS_OTHER_BUILD;
}

static enum fl_symbols_verdict read_image(fl_symbols *symbols, const fl_symbols_wanted *wanted) {
    if (!is_elf64(symbols->file)) return FL_SYMBOLS_NOT_ELF;
    /* elf_memory only reads, whatever its type says */
    symbols->elf = symbols->libelf.memory((char *)(uintptr_t)symbols->file.start, symbols->file.length);
    if (!symbols->elf) return FL_SYMBOLS_NOT_ELF;
    fl_read_build_id(symbols);
    enum fl_symbols_verdict verdict = compare(symbols, wanted);
    if (verdict == FL_SYMBOLS_OK) find_sections(symbols);
    return verdict;
}

/* `path` NULL: the vDSO */
static enum fl_symbols_verdict open_image(const char *path, const fl_symbols_wanted *wanted, fl_symbols **out) {
    *out = NULL;
    fl_symbols *symbols = calloc(1, sizeof *symbols);
    if (!symbols) return FL_SYMBOLS_NO_FILE; /* errno is ENOMEM */
    symbols->guard = wanted->guard;
    symbols->file = symbols->symbols = symbols->symbol_names = symbols->debug_link = symbols->index.file =
        fl_no_bytes();
    for (int kind = 0; kind < FL_SECTIONS; kind++) symbols->section[kind] = symbols->compressed[kind] = fl_no_bytes();

    enum fl_symbols_verdict verdict;
    if (!fl_libelf_load(&symbols->libelf)) verdict = FL_SYMBOLS_NO_LIBELF;
    else if (!(path ? fl_map_file(symbols, path) : fl_find_vdso(symbols))) verdict = FL_SYMBOLS_NO_FILE;
    else verdict = read_image(symbols, wanted);
    if (verdict == FL_SYMBOLS_OK) {
        *out = symbols;
        return verdict;
    }
    int error = errno;
    fl_symbols_close(symbols);
    errno = error;
    return verdict;
}

enum fl_symbols_verdict fl_symbols_open(const char *path, const fl_symbols_wanted *wanted, fl_symbols **out) {
    return open_image(path, wanted, out);
}

enum fl_symbols_verdict fl_symbols_open_vdso(const fl_symbols_wanted *wanted, fl_symbols **out) {
    return open_image(NULL, wanted, out);
}

void fl_symbols_close(fl_symbols *symbols) {
    if (!symbols) return;
    fl_symbols_drop_index(symbols);
    fl_symbols_close(symbols->image);
    for (int kind = 0; kind < FL_SECTIONS; kind++) free(symbols->inflated[kind]);
    for (size_t i = 0; i < symbols->made_names.count; i++) free(symbols->made_names.items[i]);
    free(symbols->made_names.items);
    if (symbols->elf) symbols->libelf.end(symbols->elf);
    fl_unmap_file(symbols);
    fl_libelf_unload(&symbols->libelf);
    fl_free_texts(&symbols->texts);
    free(symbols);
}

void fl_symbols_complete(fl_symbols *symbols, fl_symbols *image) {
    fl_symbols_close(symbols->image);
    symbols->image = image;
}

size_t fl_symbols_build_id(const fl_symbols *symbols, uint8_t *out, size_t capacity) {
    size_t length = symbols->build_id_length < capacity ? symbols->build_id_length : capacity;
    memcpy(out, symbols->build_id, length);
    return length;
}

int64_t fl_symbols_written(const fl_symbols *symbols) { return symbols->written; }

bool fl_symbols_has_debug_info(const fl_symbols *symbols) {
    return symbols->section[FL_INFO].length || symbols->compressed[FL_INFO].length;
}
#endif
