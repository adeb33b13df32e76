/* SPDX-License-Identifier: Apache-2.0
 *
 * Names for the stubs of the procedure linkage table: `foo@plt`. A stub jumps through a slot of the global offset
 * table, and the relocation of that slot says whose it is: so the order of stubs, which differs between linkers, does
 * not matter. Nothing is read unless an address of the batch lies in such a section and has no symbol.
 * Sources: System V ABI, AMD64 supplement, "Procedure Linkage Table", there and for Intel CET; for AArch64 what GNU ld
 * and lld write, and aaelf64, by which x16 and x17 are the linker's own registers. */
#ifdef __linux__
#include "dwarf.h"
#include <stdlib.h>

enum { MAX_MADE_BYTES = 4 << 20 }; /* names of one file, over all look-ups */

/* Of a stub that an address lies in. */
typedef struct {
    fl_query *query;
    uint64_t start, size, slot;
} fl_use;

typedef struct {
    fl_batch *batch;
    const fl_symbols *file; /* that has the stubs */
    fl_use *items;          /* by slot */
    size_t count, capacity;
    uint16_t machine;
} fl_uses;

/* MARK: from an address to a slot */

static bool skip_bytes(fl_cursor *cursor, const char *bytes, size_t length) {
    if (fl_left(cursor) < length || memcmp(cursor->at, bytes, length) != 0) return false;
    fl_skip(cursor, length);
    return true;
}

/* jmp *slot(%rip), behind what some linkers put before it. Not the first, lazy stub of a binary for CET, which has no
 * such jump: its second one, in .plt.sec, is what callers come to. */
static bool decode_x86_64(const fl_stubs *stubs, uint64_t address, fl_use *out) {
    uint64_t size = stubs->entry_size == 8 ? 8 : 16; /* .plt.got has 8; some linkers do not say */
    uint64_t offset = (address - stubs->address) / size * size;
    fl_cursor cursor = fl_cursor_at(stubs->bytes, offset);
    skip_bytes(&cursor, "\xf3\x0f\x1e\xfa", 4);                  /* endbr64 */
    if (skip_bytes(&cursor, "\x41\xbb", 2)) fl_skip(&cursor, 4); /* mov $index, %r11d: of mold */
    skip_bytes(&cursor, "\xf2", 1);                              /* bnd */
    if (!skip_bytes(&cursor, "\xff\x25", 2)) return false;
    int64_t displacement = (int32_t)fl_read(&cursor, 4);
    out->start = stubs->address + offset;
    out->size = size;
    out->slot = stubs->address + (uint64_t)(cursor.at - stubs->bytes.start) + (uint64_t)displacement;
    return !cursor.bad;
}

enum {
    BTI_C = 0xd503245f,
    BR_X17 = 0xd61f0220,
    MAX_STUB = 24, /* bti c; adrp; ldr; add; autia1716; br */
};

static uint32_t instruction(const fl_stubs *stubs, uint64_t offset) {
    fl_cursor cursor = fl_cursor_at(stubs->bytes, offset);
    return (uint32_t)fl_read(&cursor, 4);
}

/* adrp x16, page; ldr x17, [x16, offset]; add x16, …; br x17. Looked for backwards, for stubs have no fixed size. */
static bool decode_aarch64(const fl_stubs *stubs, uint64_t address, fl_use *out) {
    uint64_t from = (address - stubs->address) & ~(uint64_t)3;
    if (instruction(stubs, from) == BTI_C) from += 4;
    for (uint64_t back = 0; back <= from && back < MAX_STUB; back += 4) {
        uint64_t at = from - back;
        uint32_t page = instruction(stubs, at), load = instruction(stubs, at + 4);
        if (back && page == BR_X17) return false; /* of the stub before */
        if ((page & 0x9f00001f) != 0x90000010 || (load & 0xffc003ff) != 0xf9400211) continue;
        /* 21 bits of pages: the lower two in bits 29 and 30, the upper 19 from bit 5 on */
        uint64_t pages = (page >> 29 & 3) | (uint64_t)(page >> 5 & 0x7ffff) << 2;
        pages = (pages ^ 0x100000) - 0x100000;
        bool has_bti = at >= 4 && instruction(stubs, at - 4) == BTI_C;
        out->start = stubs->address + at - (has_bti ? 4 : 0);
        out->size = has_bti ? MAX_STUB : 16;
        out->slot = ((stubs->address + at) & ~(uint64_t)0xfff) + (pages << 12) + (load >> 10 & 0xfff) * 8;
        return true;
    }
    return false;
}

static void find_uses(fl_uses *uses) {
    for (size_t i = 0; i < uses->batch->query_count && !fl_step(&uses->batch->deadline); i++) {
        fl_use found = {.query = &uses->batch->queries[i]};
        uint64_t address = found.query->address;
        if (found.query->symbol) continue;
        for (size_t k = 0; k < uses->file->stub_sections; k++) {
            const fl_stubs *stubs = &uses->file->stubs[k];
            if (address < stubs->address || address - stubs->address >= stubs->bytes.length) continue;
            bool is_stub = uses->machine == EM_X86_64    ? decode_x86_64(stubs, address, &found)
                           : uses->machine == EM_AARCH64 ? decode_aarch64(stubs, address, &found)
                                                         : false;
            if (is_stub && FL_GROW(*uses, SIZE_MAX)) uses->items[uses->count++] = found;
            break;
        }
    }
}

/* MARK: from a slot to a name */

static int by_slot(const void *left, const void *right) {
    const fl_use *a = left, *b = right;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

static size_t first_of_slot(const fl_uses *uses, uint64_t slot) {
    size_t low = 0, high = uses->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (uses->items[middle].slot < slot) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Of the function that chooses the implementation: the symbol of an STT_GNU_IFUNC lies there. Rather a name that
 * callers know than one of the library's own. */
static const char *name_at(fl_batch *batch, const fl_symbols *file, uint64_t address) {
    const char *found = NULL;
    fl_bytes table = file->symbols;
    for (size_t at = 0; table.length - at >= sizeof(Elf64_Sym) && !fl_step(&batch->deadline); at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, table.start + at, sizeof symbol);
        if (symbol.st_value != address || ELF64_ST_TYPE(symbol.st_info) != STT_GNU_IFUNC) continue;
        bool is_local = ELF64_ST_BIND(symbol.st_info) == STB_LOCAL;
        if (!is_local || !found) found = fl_text_at(file->symbol_names, symbol.st_name);
        if (!is_local && found) break;
    }
    return found;
}

static const char *name_of(const fl_uses *uses, const Elf64_Rela *relocation, fl_bytes symbols, fl_bytes names) {
    uint64_t index = ELF64_R_SYM(relocation->r_info);
    if (!index) {
        fl_symbols *file = uses->batch->symbols;
        const char *name = name_at(uses->batch, file, (uint64_t)relocation->r_addend);
        return name || !file->image ? name : name_at(uses->batch, file->image, (uint64_t)relocation->r_addend);
    }
    Elf64_Sym symbol;
    if (index >= symbols.length / sizeof symbol) return NULL;
    memcpy(&symbol, symbols.start + index * sizeof symbol, sizeof symbol);
    return fl_text_at(names, symbol.st_name);
}

/* Owned by the file, as all names are; NULL: too many. */
static const char *make_name(fl_symbols *file, const char *function) {
    static const char suffix[] = "@plt";
    size_t length = fl_text_length(file, function);
    if (!length || length + sizeof suffix > MAX_MADE_BYTES - file->made_names.bytes) return NULL;
    if (!FL_GROW(file->made_names, SIZE_MAX)) return NULL;
    char *name = malloc(length + sizeof suffix);
    if (!name) return NULL;
    memcpy(name, function, length);
    memcpy(name + length, suffix, sizeof suffix);
    file->made_names.bytes += length + sizeof suffix;
    return file->made_names.items[file->made_names.count++] = name;
}

static bool is_of_slot(uint16_t machine, uint64_t type) {
    if (machine == EM_X86_64)
        return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || type == R_X86_64_IRELATIVE;
    return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT || type == R_AARCH64_IRELATIVE;
}

static void read_relocations(fl_uses *uses, fl_bytes table, fl_bytes symbols, fl_bytes names) {
    Elf64_Rela relocation;
    for (size_t at = 0; table.length - at >= sizeof relocation && !fl_step(&uses->batch->deadline);
         at += sizeof relocation) {
        memcpy(&relocation, table.start + at, sizeof relocation);
        if (!is_of_slot(uses->machine, ELF64_R_TYPE(relocation.r_info))) continue;
        size_t first = first_of_slot(uses, relocation.r_offset);
        if (first == uses->count || uses->items[first].slot != relocation.r_offset) continue;
        if (uses->items[first].query->symbol) continue; /* a second relocation of one slot */
        const char *function = name_of(uses, &relocation, symbols, names);
        const char *name = function ? make_name(uses->batch->symbols, function) : NULL;
        for (size_t i = first; name && i < uses->count && uses->items[i].slot == relocation.r_offset; i++) {
            fl_query *query = uses->items[i].query;
            query->symbol = name;
            query->symbol_file = uses->file;
            query->symbol_address = uses->items[i].start;
            query->symbol_size = uses->items[i].size;
        }
    }
}

static void name_uses(fl_uses *uses) {
    const fl_symbols *file = uses->file;
    for (Elf_Scn *section = NULL; (section = file->libelf.next_section(file->elf, section));) {
        Elf64_Shdr header, symbols;
        if (fl_step(&uses->batch->deadline)) return;
        if (!fl_section_header(file, section, &header) || header.sh_type != SHT_RELA) continue;
        Elf_Scn *table = file->libelf.section(file->elf, header.sh_link); /* none in a static executable */
        fl_bytes names = fl_no_bytes();
        if (fl_section_header(file, table, &symbols))
            names = fl_section_bytes(file, file->libelf.section(file->elf, symbols.sh_link));
        read_relocations(uses, fl_section_bytes(file, section), fl_section_bytes(file, table), names);
    }
}

static void find_in(fl_batch *batch, const fl_symbols *file) {
    if (!file || !file->stub_sections) return;
    fl_uses uses = {.batch = batch, .file = file};
    Elf64_Ehdr header;
    memcpy(&header, file->file.start, sizeof header); /* it is there: the file was opened */
    uses.machine = header.e_machine;
    find_uses(&uses);
    if (uses.count) {
        qsort(uses.items, uses.count, sizeof *uses.items, by_slot);
        name_uses(&uses);
    }
    free(uses.items);
}

void fl_find_stubs(fl_batch *batch) {
    find_in(batch, batch->symbols);
    find_in(batch, batch->symbols->image);
}
#endif
