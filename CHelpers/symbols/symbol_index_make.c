/* SPDX-License-Identifier: Apache-2.0
 *
 * Making an index: every function symbol and every range of every unit, flattened, so that at each address stands what
 * the passes over the ELF file would find there. */
#ifdef __linux__
#include "dwarf.h"
#include "intervals.h"
#include "symbol_index.h"

/* A large service has 200,000 ranges; with more than this, 40 MiB while they are sorted, there is no index. */
enum { MAX_INTERVALS = 1 << 19, MAX_ENTRY = 5 * 10 };

typedef struct {
    uint8_t *items;
    size_t count, capacity;
} fl_buffer;

typedef struct {
    fl_index_table table;
    fl_buffer fences[FL_INDEX_TABLES], blocks;
    size_t block_start; /* in blocks */
    bool in_block;
    uint64_t last_end, last_payload; /* what the next entry is relative to */
} fl_writer;

/* MARK: bytes */

static bool put_bytes(fl_buffer *buffer, const void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (!FL_GROW(*buffer, UINT32_MAX)) return false;
        buffer->items[buffer->count++] = ((const uint8_t *)bytes)[i];
    }
    return true;
}

static bool put_number(fl_buffer *buffer, uint64_t value, size_t width) { return put_bytes(buffer, &value, width); }

static bool put_uleb(fl_buffer *buffer, uint64_t value) {
    do {
        uint8_t byte = (value & 127) | (value > 127 ? 128 : 0);
        if (!put_bytes(buffer, &byte, 1)) return false;
        value >>= 7;
    } while (value);
    return true;
}

static bool put_sleb(fl_buffer *buffer, int64_t value) {
    for (bool more = true; more;) {
        uint8_t byte = value & 127;
        value >>= 7;
        more = !((value == 0 && !(byte & 64)) || (value == -1 && (byte & 64)));
        if (more) byte |= 128;
        if (!put_bytes(buffer, &byte, 1)) return false;
    }
    return true;
}

/* MARK: blocks */

static bool end_block(fl_writer *writer) {
    if (!writer->in_block) return true;
    fl_bytes block = {writer->blocks.items + writer->block_start, writer->blocks.count - writer->block_start};
    fl_buffer *fences = &writer->fences[writer->table];
    writer->in_block = false;
    /* Where it lies in the file is known when all fences are. */
    return put_number(fences, writer->block_start, 4) && put_number(fences, block.length, 4) &&
           put_number(fences, fl_index_sum(block), 4);
}

/* Before each entry: `key` is what the first one of a new block is relative to. */
static bool make_room(fl_writer *writer, uint64_t key) {
    if (writer->in_block && writer->blocks.count - writer->block_start + MAX_ENTRY <= FL_INDEX_BLOCK) return true;
    if (!end_block(writer)) return false;
    writer->in_block = true;
    writer->block_start = writer->blocks.count;
    writer->last_end = key;
    writer->last_payload = 0;
    return put_number(&writer->fences[writer->table], key, 8);
}

static bool put_entry(void *context, const fl_interval *part) {
    fl_writer *writer = context;
    if (!make_room(writer, part->low)) return false;
    fl_buffer *out = &writer->blocks;
    if (!put_uleb(out, part->low - writer->last_end) || !put_uleb(out, part->high - part->low)) return false;
    writer->last_end = part->high;
    if (writer->table == FL_INDEX_RANGES) return put_uleb(out, part->payload);
    int64_t distance = (int64_t)(part->payload - writer->last_payload);
    writer->last_payload = part->payload;
    if (writer->table == FL_INDEX_SYMBOLS && !put_uleb(out, part->low - part->rank)) return false;
    return put_sleb(out, distance);
}

/* MARK: tables */

static bool add(fl_intervals *intervals, uint64_t low, uint64_t high, uint64_t rank, uint64_t payload) {
    if (!FL_GROW(*intervals, MAX_INTERVALS)) return false;
    intervals->items[intervals->count] = (fl_interval){low, high, rank, payload, intervals->count};
    intervals->count++;
    return true;
}

/* The symbol that begins last wins. */
static bool put_symbols(fl_batch *batch, fl_writer *writer) {
    writer->table = FL_INDEX_SYMBOLS;
    fl_intervals intervals = {0};
    size_t at = 0;
    Elf64_Sym symbol;
    bool fine = true;
    while (fine && fl_next_function(batch->symbols, &batch->deadline, &at, &symbol)) {
        const char *name = fl_text_at(batch->symbols->symbol_names, symbol.st_name);
        if (name && *name)
            fine = add(&intervals, symbol.st_value, symbol.st_value + symbol.st_size, symbol.st_value, symbol.st_name);
    }
    fine = fine && !fl_is_past(&batch->deadline) && fl_flatten(&intervals, &batch->deadline, put_entry, writer) &&
           end_block(writer);
    free(intervals.items);
    return fine;
}

static bool add_range(void *context, size_t unit, uint64_t low, uint64_t high) {
    return add(context, low, high, UINT64_MAX - unit, unit); /* the first unit wins */
}

static bool put_ranges(fl_batch *batch, fl_writer *writer) {
    writer->table = FL_INDEX_RANGES;
    fl_intervals intervals = {0};
    bool fine = fl_scan_ranges(batch, add_range, &intervals) &&
                fl_flatten(&intervals, &batch->deadline, put_entry, writer) && end_block(writer);
    free(intervals.items);
    return fine;
}

static bool add_function(void *context, uint64_t die, uint64_t low, uint64_t high) {
    return add(context, low, high, die, die); /* the last one wins, as in a walk over the unit */
}

static bool put_functions(fl_batch *batch, fl_writer *writer) {
    writer->table = FL_INDEX_FUNCTIONS;
    fl_intervals intervals = {0};
    bool fine = true;
    for (size_t i = 0; fine && i < batch->units.count; i++)
        fine = fl_list_functions(batch, &batch->units.items[i], add_function, &intervals);
    fine = fine && fl_flatten(&intervals, &batch->deadline, put_entry, writer) && end_block(writer);
    free(intervals.items);
    return fine;
}

static bool put_units(fl_batch *batch, fl_writer *writer) {
    writer->table = FL_INDEX_UNITS;
    for (size_t i = 0; i < batch->units.count; i++) {
        uint64_t offset = batch->units.items[i].offset;
        if (!make_room(writer, offset) || !put_uleb(&writer->blocks, offset - writer->last_end)) return false;
        writer->last_end = offset;
    }
    return end_block(writer);
}

/* MARK: the file */

/* A fence is written with the offset of its block from the first one. */
static void move_fences(fl_buffer *fences, size_t blocks_start) {
    for (size_t at = 8; at + 4 <= fences->count; at += FL_INDEX_FENCE) {
        uint32_t offset;
        memcpy(&offset, fences->items + at, 4);
        offset += (uint32_t)blocks_start;
        memcpy(fences->items + at, &offset, 4);
    }
}

static bool put_header(const fl_symbols *symbols, const fl_writer *writer, uint64_t length, fl_buffer *out) {
    bool fine = put_bytes(out, FL_INDEX_MAGIC, 8) && put_number(out, FL_INDEX_VERSION, 4) && put_number(out, 0, 4) &&
                put_number(out, length, 8) && put_number(out, symbols->file.length, 8) &&
                put_number(out, symbols->symbols.length, 8) && put_number(out, symbols->info_size, 8) &&
                put_number(out, symbols->build_id_length, 1) &&
                put_bytes(out, symbols->build_id, sizeof symbols->build_id);
    for (int table = 0; table < FL_INDEX_TABLES; table++) {
        size_t blocks = writer->fences[table].count / FL_INDEX_FENCE;
        fine = fine && blocks <= FL_MAX_INDEX_BLOCKS && put_number(out, blocks, 4);
    }
    return fine;
}

static bool assemble(const fl_symbols *symbols, fl_writer *writer, fl_buffer *out) {
    size_t start = FL_INDEX_HEADER;
    for (int table = 0; table < FL_INDEX_TABLES; table++) start += writer->fences[table].count;
    uint64_t length = start + writer->blocks.count;
    if (length > UINT32_MAX || !put_header(symbols, writer, length, out)) return false;
    for (int table = 0; table < FL_INDEX_TABLES; table++) {
        move_fences(&writer->fences[table], start);
        if (!put_bytes(out, writer->fences[table].items, writer->fences[table].count)) return false;
    }
    uint32_t sum = fl_index_sum((fl_bytes){out->items + FL_INDEX_SUMMED, start - FL_INDEX_SUMMED});
    memcpy(out->items + FL_INDEX_SUMMED - sizeof sum, &sum, sizeof sum);
    return put_bytes(out, writer->blocks.items, writer->blocks.count);
}

uint8_t *fl_symbols_make_index(fl_symbols *symbols, fl_symbols_limits limits, size_t *length) {
    fl_batch batch = {.symbols = symbols, .deadline = fl_deadline_in(limits.max_nanoseconds)};
    fl_writer writer = {0};
    fl_buffer out = {0};
    fl_inflate_for_scan(&batch, limits.max_inflated);
    /* Else it would say of each later look-up what this one did not see. */
    bool is_whole = symbols->build_id_length > 0;
    for (fl_section_kind kind = FL_INFO; kind <= FL_ADDR; kind++)
        is_whole = is_whole && !symbols->is_lost[kind] && !symbols->compressed[kind].length;
    bool fine = is_whole && put_symbols(&batch, &writer) && put_ranges(&batch, &writer) &&
                put_functions(&batch, &writer) && put_units(&batch, &writer) && assemble(symbols, &writer, &out) &&
                !fl_is_cut_short(symbols);
    for (int table = 0; table < FL_INDEX_TABLES; table++) free(writer.fences[table].items);
    free(writer.blocks.items);
    fl_free_batch(&batch);
    if (!fine) {
        free(out.items);
        return NULL;
    }
    *length = out.count;
    return out.items;
}
#endif
