/* SPDX-License-Identifier: Apache-2.0
 *
 * libunwind through its remote interface, aimed at our own process: the accessors answer from the image snapshot and
 * by checked reads, so that nothing in here calls dl_iterate_phdr, malloc or mincore, as its local interface does.
 * Source: libunwind(3), "_Unwind remote"; unw_create_addr_space(3). */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "checked_load.h"
#include "images.h"
#include "libunwind_functions.h"
#include "unwind.h"
#include <string.h>

fl_libunwind_functions fl_as_libunwind;
static unw_cursor_t cursor;
static bool undescribed; /* the last step found no call frame information */

bool fl_as_libunwind_begin(const fl_as_frame *frame) {
    if (!fl_as_libunwind.space) return false;
    return fl_as_libunwind.init_remote(&cursor, fl_as_libunwind.space, (void *)(uintptr_t)frame) == 0;
}

#if defined(__aarch64__)
/* Its cursors keep the program counter of all but the first frame and an interrupted one where the return address was
 * (UNW_REG_IP is X30), with its authentication code before 1.8; what the link register was then nobody knows. */
static void take_return_address(fl_as_frame *caller) {
    const uint64_t link_register = (uint64_t)1 << FL_REGISTER_LR, pc = (uint64_t)1 << FL_REGISTER_PC;
    caller->registers.value[FL_REGISTER_PC] = fl_as_strip(caller->registers.value[FL_REGISTER_LR]);
    if (!(caller->known & link_register)) caller->known &= ~pc;
    caller->known &= ~link_register;
}
#endif

enum fl_as_step fl_as_libunwind_step(fl_as_frame *frame) {
    uint64_t sp = frame->registers.value[FL_REGISTER_SP], pc = frame->registers.value[FL_REGISTER_PC];
    bool interrupted = fl_as_is_signal_return(pc);
    undescribed = false;
#if defined(__aarch64__)
    /* Where nothing is, it would go on from the link register and leave out who made the call (Gstep.c). */
    if (!interrupted && !fl_as_image_at(fl_as_frame_key(frame))) return FL_STEP_UNKNOWN;
#endif
    int result = fl_as_libunwind.step(&cursor);
    if (undescribed) return FL_STEP_UNKNOWN; /* it has guessed, by the frame pointer; unwind_stub.c sees more */
    if (result < 0) return FL_STEP_UNKNOWN;
#if defined(__aarch64__)
    if (result == 0) return FL_STEP_UNKNOWN; /* since 1.8 it ends at a frame pointer of zero, a frame too early */
#else
    if (result == 0) return FL_STEP_END;
#endif
    static fl_as_frame caller;
    caller.known = 0;
    caller.exact = interrupted;
    for (int i = 0; i < FL_REGISTERS; i++) {
        unw_word_t value;
        if (fl_as_libunwind.get_register(&cursor, i, &value) != 0) continue;
        caller.registers.value[i] = value;
        caller.known |= (uint64_t)1 << i;
    }
    caller.registers.value[FL_REGISTER_FP] = fl_as_unmark(caller.registers.value[FL_REGISTER_FP]);
    caller.registers.value[FL_REGISTER_SP] = fl_as_unmark(caller.registers.value[FL_REGISTER_SP]);
#if defined(__aarch64__)
    if (!interrupted) take_return_address(&caller);
#endif
    if ((caller.known & FL_KNOWN_SP_PC) != FL_KNOWN_SP_PC) return FL_STEP_UNKNOWN;
    if (caller.registers.value[FL_REGISTER_PC] == 0) return FL_STEP_END;
    /* Neither register moved: damaged unwind data would keep us here. */
    if (caller.registers.value[FL_REGISTER_SP] == sp && caller.registers.value[FL_REGISTER_PC] == pc)
        return FL_STEP_UNKNOWN;
    *frame = caller;
    return FL_STEP_CALLER;
}

/* MARK: accessors */

/* The binary search table of .eh_frame_hdr: version 1, frame pointer pc-relative sdata4, count udata4, table
 * data-relative sdata4 (LSB 10.6.2). Other encodings do not occur with GNU ld, gold and lld. */
static int search(unw_addr_space_t space, unw_word_t pc, unw_proc_info_t *out, int need, void *argument) {
    const fl_image *image = fl_as_image_at(pc);
    uint8_t header[12];
    uint32_t entries;
    if (!image || !image->eh_frame_hdr) return -UNW_ENOINFO;
    if (fl_as_load_bytes(image->eh_frame_hdr, header, sizeof header) != sizeof header) return -UNW_ENOINFO;
    if (header[0] != 1 || header[1] != 0x1b || header[2] != 0x03 || header[3] != 0x3b) return -UNW_ENOINFO;
    memcpy(&entries, header + 8, sizeof entries);
    unw_dyn_info_t table;
    memset(&table, 0, sizeof table);
    table.format = UNW_INFO_FORMAT_REMOTE_TABLE;
    table.start_ip = image->low;
    table.end_ip = image->high;
    table.u.rti.segbase = image->eh_frame_hdr;
    table.u.rti.table_data = image->eh_frame_hdr + sizeof header;
    table.u.rti.table_len = (unw_word_t)entries * 8 / sizeof(unw_word_t);
    return fl_as_libunwind.search_unwind_table(space, pc, &table, out, need, argument);
}

static int find_proc_info(unw_addr_space_t space, unw_word_t pc, unw_proc_info_t *out, int need, void *argument) {
    int result = search(space, pc, out, need, argument);
    undescribed = result < 0;
    return result;
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *argument) {
    (void)space, (void)info, (void)argument;
}

static int get_dyn_info_list(unw_addr_space_t space, unw_word_t *list, void *argument) {
    (void)space, (void)list, (void)argument;
    return -UNW_ENOINFO;
}

static int access_memory(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *argument) {
    (void)space, (void)argument;
    uint64_t loaded;
    if (write || !fl_as_load(fl_as_unmark(address), &loaded))
        return -UNW_EINVAL; /* by a frame pointer that was marked */
    *value = loaded;
    return 0;
}

/* A cursor takes the address that it begins with for that of the next instruction, not for a return address. */
static int access_register(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write, void *argument) {
    (void)space;
    const fl_as_frame *frame = argument;
    if (write || number < 0 || !fl_as_knows(frame, (uint64_t)number)) return -UNW_EBADREG;
    *value = number == FL_REGISTER_PC ? fl_as_frame_key(frame) : frame->registers.value[number];
    return 0;
}

static int access_float(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write, void *argument) {
    (void)space, (void)number, (void)value, (void)write, (void)argument;
    return -UNW_EBADREG;
}

static int resume(unw_addr_space_t space, unw_cursor_t *at, void *argument) {
    (void)space, (void)at, (void)argument;
    return -UNW_EINVAL;
}

static int get_name(unw_addr_space_t space, unw_word_t address, char *out, size_t capacity, unw_word_t *offset,
                    void *argument) {
    (void)space, (void)address, (void)out, (void)capacity, (void)offset, (void)argument;
    return -UNW_ENOINFO;
}

unw_accessors_t fl_as_libunwind_accessors = {
    .find_proc_info = find_proc_info,
    .put_unwind_info = put_unwind_info,
    .get_dyn_info_list_addr = get_dyn_info_list,
    .access_mem = access_memory,
    .access_reg = access_register,
    .access_fpreg = access_float,
    .resume = resume,
    .get_proc_name = get_name,
};
#include "uninstrumented_end.h"
#endif
