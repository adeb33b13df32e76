/* SPDX-License-Identifier: Apache-2.0
 *
 * Names from the ELF symbol table: one pass over it, unsorted. Of symbols at one address the largest wins, then the
 * last, as llvm-symbolizer has it. A debug file's table is asked before that of the image it was split off. */
#ifdef __linux__
#include "dwarf.h"

/* Of the table; the names of these have about twice as many. */
enum { LET_GO_EVERY = 1 << 20 };

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

bool fl_next_function(const fl_symbols *symbols, fl_deadline *deadline, size_t *at, Elf64_Sym *out) {
    fl_bytes table = symbols->symbols;
    while (table.length - *at >= sizeof *out && !fl_step(deadline)) {
        memcpy(out, table.start + *at, sizeof *out); /* the section may lie at any address */
        *at += sizeof *out;
        if (*at % LET_GO_EVERY < sizeof *out) fl_let_pages_go(symbols);
        if (out->st_size && out->st_value + out->st_size > out->st_value && is_function(out)) return true;
    }
    return false;
}

void fl_find_symbols(fl_batch *batch, const fl_symbols *file) {
    if (!batch->query_count) return;
    uint64_t first = batch->queries[0].address, last = batch->queries[batch->query_count - 1].address;
    size_t at = 0;
    Elf64_Sym symbol;
    while (fl_next_function(file, &batch->deadline, &at, &symbol)) {
        uint64_t start = symbol.st_value, end = start + symbol.st_size;
        if (start > last || end <= first) continue;
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
#endif
