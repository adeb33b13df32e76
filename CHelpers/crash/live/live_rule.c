/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "live_rule.h"
#include "../handler/cfi_program.h"
#include "../handler/images.h"
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#if defined(__x86_64__)
enum { RETURN_COLUMN = FL_REGISTER_PC, REGISTER_BASE = 3 /* rbx */ };
#else
enum { RETURN_COLUMN = FL_REGISTER_LR, REGISTER_BASE = 19 /* x19 */ };
#endif

/* MARK: the image of an address */

/* Code that is on a stack is loaded, and so are its tables. The loader is asked, not our snapshot, which may be older
 * than a library and is written anew while we read. */
static int find_by_list(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    fl_image *image = argument;
    uint64_t pc = image->bias;
    fl_image found = {.low = UINT64_MAX, .bias = pc};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uint64_t address = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_GNU_EH_FRAME) found.eh_frame_hdr = address;
        if (header->p_type != PT_LOAD) continue;
        if (address < found.low) found.low = address;
        if (address + header->p_memsz > found.high) found.high = address + header->p_memsz;
    }
    if (pc < found.low || pc >= found.high) return 0;
    *image = found;
    return 1;
}

#ifdef DLFO_EH_SEGMENT_TYPE /* glibc 2.35: lock-free, 4 ns */
extern int _dl_find_object(void *address, struct dl_find_object *result) __attribute__((weak));

static bool find_by_index(uint64_t pc, fl_image *image) {
    struct dl_find_object object;
    if (_dl_find_object((void *)(uintptr_t)pc, &object) != 0) return false;
    image->low = (uint64_t)(uintptr_t)object.dlfo_map_start;
    image->high = (uint64_t)(uintptr_t)object.dlfo_map_end;
    image->eh_frame_hdr = (uint64_t)(uintptr_t)object.dlfo_eh_frame;
    return true;
}
#else
#define _dl_find_object NULL
static bool find_by_index(uint64_t pc, fl_image *image) { return (void)pc, (void)image, false; }
#endif

static bool find_image(uint64_t pc, fl_image *image) {
    if (_dl_find_object) return find_by_index(pc, image);
    image->bias = pc;
    return dl_iterate_phdr(find_by_list, image) == 1;
}

bool fl_live_is_loaded(uint64_t address) {
    fl_image image;
    return find_image(address, &image);
}

/* MARK: a rule */

/* How far below the CFA a register was saved, in words; false: not so, or too far. */
static bool is_below(const fl_as_cfi_row *row, unsigned number, unsigned limit, unsigned *below) {
    int64_t offset = row->value[number];
    *below = FL_LIVE_KEPT;
    if (row->rule[number] == FL_RULE_UNSPECIFIED || row->rule[number] == FL_RULE_SAME) return true;
    if (row->rule[number] != FL_RULE_OFFSET || offset >= 0 || offset % 8 != 0 || -offset / 8 >= limit) return false;
    *below = (unsigned)(-offset / 8);
    return true;
}

/* DW_OP_breg(fp) offset; DW_OP_deref, and nothing else (DWARF 5, 7.7.1). `at`: the expression's length. */
static bool is_stored_cfa(uint64_t at, int64_t *offset) {
    enum { BREG0 = 0x70, DEREF = 0x06 };
    const uint8_t *bytes = (const uint8_t *)(uintptr_t)at;
    if (bytes[0] != 3 || bytes[1] != BREG0 + FL_REGISTER_FP || bytes[2] & 0x80 || bytes[3] != DEREF) return false;
    *offset = (int64_t)(bytes[2] & 0x40 ? bytes[2] | ~(uint64_t)0x7f : bytes[2]);
    return true;
}

static bool find_cfa(const fl_as_cfi_row *row, fl_live_rule *rule) {
    int64_t offset = row->cfa_value;
    if (row->cfa_by_expression) {
        if (!is_stored_cfa((uint64_t)row->cfa_value, &offset)) return false;
        rule->cfa = FL_LIVE_STORED_AT_FP;
    } else if (row->cfa_register == FL_REGISTER_SP) rule->cfa = FL_LIVE_FROM_SP;
    else if (row->cfa_register == FL_REGISTER_FP) rule->cfa = FL_LIVE_FROM_FP;
    else if (row->cfa_register == REGISTER_BASE) rule->cfa = FL_LIVE_FROM_BASE;
    else return false;
    rule->cfa_offset = (int)(offset / 8);
    return offset % 8 == 0 && rule->cfa_offset == offset / 8;
}

static fl_live_rule make(uint64_t pc) {
    const fl_live_rule undescribed = {.way = FL_LIVE_UNDESCRIBED}, end = {.way = FL_LIVE_END};
    fl_live_rule rule = {.way = FL_LIVE_RULE};
    fl_image image = {0};
    fl_as_cfi_entry entry;
    fl_as_cfi_rows rows;
    unsigned fp, base, async, back;
    uint64_t key = pc - 1; /* inside the call: it may be the last instruction of its function */
    if (!find_image(key, &image) || !image.eh_frame_hdr || !fl_as_cfi_find_in(&image, key, &entry)) return undescribed;
    if (entry.signal_frame || entry.return_column != RETURN_COLUMN || !fl_as_cfi_run(&entry, key, &rows))
        return undescribed;
    if (rows.row.rule[RETURN_COLUMN] == FL_RULE_UNDEFINED) return end;
    if (rows.row.rule[RETURN_COLUMN] != FL_RULE_OFFSET || rows.row.rule[FL_REGISTER_SP] != FL_RULE_UNSPECIFIED)
        return undescribed;
    if (!find_cfa(&rows.row, &rule) || !is_below(&rows.row, FL_REGISTER_FP, 1 << 12, &fp) ||
        !is_below(&rows.row, RETURN_COLUMN, 1 << 12, &back))
        return undescribed;
    if (!is_below(&rows.row, REGISTER_BASE, FL_LIVE_LOST, &base)) base = FL_LIVE_LOST;
    if (!is_below(&rows.row, FL_REGISTER_ASYNC, FL_LIVE_LOST, &async)) async = FL_LIVE_LOST;
    rule.fp_below = fp & 0xfff;
    rule.base_below = base & 0xff;
    rule.async_below = async & 0xff;
    rule.return_below = back & 0xfff;
    rule.signed_return = rows.row.signed_return;
    return rule;
}

/* MARK: the memo */

fl_live_remembered fl_live_memo[FL_LIVE_RULES_MAX] __attribute__((aligned(64)));
uint64_t fl_live_epoch;

static int count_loaded(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    *(uint64_t *)argument = info->dlpi_adds + info->dlpi_subs;
    return 1; /* it stands in every entry */
}

uint64_t fl_live_rules_renew(void) {
    uint64_t now = 0;
    dl_iterate_phdr(count_loaded, &now);
    /* Never back, which a thread that was slow would do. The number wraps. */
    uint64_t known = __atomic_load_n(&fl_live_epoch, __ATOMIC_RELAXED);
    while ((int16_t)(uint16_t)(now - (known >> 48)) > 0 &&
           !__atomic_compare_exchange_n(&fl_live_epoch, &known, now << 48, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
    return now;
}

fl_live_rule fl_live_rule_learn(uint64_t pc) {
    uint64_t epoch = __atomic_load_n(&fl_live_epoch, __ATOMIC_RELAXED), bits;
    fl_live_rule rule = make(pc);
    memcpy(&bits, &rule, sizeof bits);
    fl_live_remembered *place = fl_live_place_of(pc);
    /* In the first half of the pair while it is free, or of another time. */
    uint64_t old = __atomic_load_n(&place->folded, __ATOMIC_RELAXED) ^ __atomic_load_n(&place->rule, __ATOMIC_RELAXED);
    if (old && (old ^ epoch) >> 48 == 0) place++;
    __atomic_store_n(&place->rule, bits, __ATOMIC_RELAXED);
    __atomic_store_n(&place->folded, pc ^ epoch ^ bits, __ATOMIC_RELAXED);
    return rule;
}
#endif
