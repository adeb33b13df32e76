/* SPDX-License-Identifier: Apache-2.0
 *
 * Names from the ELF symbol table: one pass over it, unsorted. Of symbols at one address the largest wins, then the
 * last, as llvm-symbolizer has it. A debug file's table is asked before that of the image it was split off. */
#ifdef __linux__
#include "dwarf.h"

static bool is_function(const Elf64_Sym *symbol) {
    int type = ELF64_ST_TYPE(symbol->st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF;
}

static bool is_better(const fl_query *query, const Elf64_Sym *symbol, const fl_symbols *file) {
    if (!query->symbol) return true;
    if (query->symbol_file != file) return false; /* the one before knows more */
    if (symbol->st_value != query->symbol_address) return symbol->st_value > query->symbol_address;
    return symbol->st_size >= query->symbol_size;
}

static void find_in(fl_batch *batch, const fl_symbols *file) {
    uint64_t first = batch->queries[0].address, last = batch->queries[batch->query_count - 1].address;
    fl_bytes table = file->symbols;
    for (size_t at = 0; table.length - at >= sizeof(Elf64_Sym) && !fl_step(&batch->deadline); at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, table.start + at, sizeof symbol); /* the section may lie at any address */
        uint64_t start = symbol.st_value, end = start + symbol.st_size;
        if (start > last || end <= first || end < start || !is_function(&symbol)) continue;
        for (size_t i = fl_first_of_batch(batch, start); i < batch->query_count; i++) {
            fl_query *query = &batch->queries[i];
            if (query->address >= end || fl_is_past(&batch->deadline)) break;
            if (!is_better(query, &symbol, file)) continue;
            const char *name = fl_text_at(file->symbol_names, symbol.st_name);
            if (!name || !*name) continue;
            query->symbol = name;
            query->symbol_file = file;
            query->symbol_address = start;
            query->symbol_size = symbol.st_size;
        }
    }
}

void fl_find_symbols(fl_batch *batch) {
    if (!batch->query_count) return;
    find_in(batch, batch->symbols);
    if (batch->symbols->image) find_in(batch, batch->symbols->image);
}
#endif
