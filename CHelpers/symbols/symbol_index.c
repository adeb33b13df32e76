/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening an index, and finding its blocks. */
#ifdef __linux__
#include "symbol_index.h"
#include "elf_image.h"
#include <zlib.h>

uint32_t fl_index_sum(fl_bytes bytes) { return (uint32_t)crc32_z(0, bytes.start, bytes.length); }

static fl_cursor fence_at(const fl_index *index, fl_index_table table, uint32_t block) {
    return fl_cursor_at(index->tables[table].fences, (uint64_t)block * FL_INDEX_FENCE);
}

static uint64_t first_key(const fl_index *index, fl_index_table table, uint32_t block) {
    fl_cursor fence = fence_at(index, table, block);
    return fl_read(&fence, 8);
}

uint32_t fl_index_block_of(const fl_index *index, fl_index_table table, uint64_t key) {
    uint32_t low = 0, high = index->tables[table].blocks;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (first_key(index, table, middle) <= key) low = middle + 1;
        else high = middle;
    }
    return low ? low - 1 : index->tables[table].blocks;
}

bool fl_index_block_at(const fl_index *index, fl_index_table table, uint32_t block, fl_index_block *out) {
    fl_cursor fence = fence_at(index, table, block);
    out->key = fl_read(&fence, 8);
    uint64_t offset = fl_read(&fence, 4), length = fl_read(&fence, 4), sum = fl_read(&fence, 4);
    if (fence.bad || offset > index->file.length || !length || length > index->file.length - offset ||
        length > FL_INDEX_BLOCK)
        return false;
    fl_bytes bytes = {index->file.start + offset, length};
    out->cursor = fl_cursor_at(bytes, 0);
    return fl_index_sum(bytes) == sum;
}

/* What an index says of the ELF file that it was made of. A stripped copy has the same build id and other sections. */
static bool is_of(const fl_symbols *symbols, fl_cursor *header) {
    bool same = fl_read(header, 8) == symbols->file.length && fl_read(header, 8) == symbols->symbols.length &&
                fl_read(header, 8) == symbols->info_size;
    uint64_t length = fl_read(header, 1);
    const uint8_t *build_id = header->at;
    fl_skip(header, sizeof symbols->build_id);
    return !header->bad && same && length == symbols->build_id_length &&
           memcmp(build_id, symbols->build_id, length) == 0;
}

static bool read_index(const fl_symbols *symbols, fl_bytes file, fl_index *out) {
    fl_cursor header = fl_cursor_at(file, 0);
    if (file.length < FL_INDEX_HEADER || memcmp(file.start, FL_INDEX_MAGIC, 8) != 0) return false;
    fl_skip(&header, 8);
    if (fl_read(&header, 4) != FL_INDEX_VERSION) return false;
    uint64_t sum = fl_read(&header, 4);
    if (fl_read(&header, 8) != file.length || !is_of(symbols, &header)) return false;
    *out = (fl_index){.file = file};
    uint64_t at = FL_INDEX_HEADER;
    for (int table = 0; table < FL_INDEX_TABLES; table++) {
        uint64_t blocks = fl_read(&header, 4), length = blocks * FL_INDEX_FENCE;
        if (blocks > FL_MAX_INDEX_BLOCKS || length > file.length - at) return false;
        out->tables[table].blocks = (uint32_t)blocks;
        out->tables[table].fences = (fl_bytes){file.start + at, length};
        at += length;
    }
    return fl_index_sum((fl_bytes){file.start + FL_INDEX_SUMMED, at - FL_INDEX_SUMMED}) == sum;
}

bool fl_symbols_use_index(fl_symbols *symbols, const char *path) {
    fl_bytes file;
    fl_symbols_drop_index(symbols);
    if (!fl_map(path, &symbols->guard, &file, NULL)) return false;
    if (read_index(symbols, file, &symbols->index)) return true;
    fl_unmap(file, &symbols->guard);
    symbols->index = (fl_index){.file = fl_no_bytes()};
    return false;
}

void fl_symbols_drop_index(fl_symbols *symbols) {
    if (symbols->index.file.length) fl_unmap(symbols->index.file, &symbols->guard);
    symbols->index = (fl_index){.file = fl_no_bytes()};
}

size_t fl_symbols_scanned_size(const fl_symbols *symbols) { return symbols->symbols.length + symbols->info_size; }

bool fl_symbols_has_index(const fl_symbols *symbols) { return symbols->index.file.length; }
#endif
