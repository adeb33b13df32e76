/* SPDX-License-Identifier: Apache-2.0
 *
 * A last guess for functions that have neither call frame information nor a frame pointer. Swift has many: outlined
 * copies and value witnesses are marked nounwind, so LLVM writes no FDE for them. They are small and mostly called
 * directly: the word on the stack behind a call of this very function is its return address. */
#ifdef __linux__
#include "checked_load.h"
#include "images.h"
#include "unwind.h"

enum { WORDS_MAX = 32, FUNCTION_MAX = 4096 };

/* Where the call before `return_address` goes to; false: there is no direct call. */
static bool call_target(uint64_t return_address, uint64_t *target) {
#if defined(__x86_64__)
    uint8_t call[5];
    int32_t distance;
    if (fl_as_load_bytes(return_address - sizeof call, call, sizeof call) != sizeof call || call[0] != 0xe8)
        return false;
    __builtin_memcpy(&distance, call + 1, sizeof distance);
    *target = return_address + (uint64_t)(int64_t)distance;
#else
    uint32_t call; /* bl, whose low 26 bits count instructions */
    if (fl_as_load_bytes(return_address - 4, &call, sizeof call) != sizeof call || call >> 26 != 0x25) return false;
    *target = return_address - 4 + (uint64_t)(((int64_t)((uint64_t)call << 38) >> 38) * 4);
#endif
    return true;
}

/* Sets up a frame pointer first of all: then unwind_fp.c knows better, but where that has not happened yet. */
static bool begins_with_frame(uint64_t function) {
#if defined(__x86_64__)
    static const uint8_t code[] = {0x55, 0x48, 0x89, 0xe5}; /* push %rbp; mov %rsp, %rbp */
    uint8_t found[sizeof code];
    return fl_as_load_bytes(function, found, sizeof found) == sizeof found &&
           __builtin_memcmp(found, code, sizeof code) == 0;
#else
    (void)function;
    return false;
#endif
}

bool fl_as_follows_call(uint64_t address) {
    uint64_t target;
    if (call_target(address, &target)) return true;
#if defined(__x86_64__)
    enum { LONGEST = 7 };
    uint8_t code[LONGEST];
    if (fl_as_load_bytes(address - LONGEST, code, sizeof code) != sizeof code) return false;
    for (unsigned i = 0; i + 1 < LONGEST; i++) /* call *…, FF /2: Intel SDM, volume 2A */
        if (code[i] == 0xff && (code[i + 1] >> 3 & 7) == 2) return true;
    return false;
#else
    uint32_t call; /* blr, with or without authentication: Arm ARM, C4.1.95 */
    return fl_as_load_bytes(address - 4, &call, sizeof call) == sizeof call && (call & 0xfefff000) == 0xd63f0000;
#endif
}

static bool called_from(const fl_image *image, uint64_t key, uint64_t return_address, uint64_t *function) {
    return return_address - image->low < image->high - image->low && call_target(return_address, function) &&
           *function <= key && key - *function < FUNCTION_MAX && *function >= image->low &&
           !begins_with_frame(*function);
}

/* Takes back the pushes that the function begins with, as far as it has come: `at` is where its return address is. What
 * lies below the stack pointer has been popped again. */
static void restore_pushed(fl_as_frame *frame, uint64_t function, uint64_t at) {
#if defined(__x86_64__)
    uint8_t code[16];
    size_t length = fl_as_load_bytes(function, code, sizeof code);
    uint64_t key = fl_as_frame_key(frame), slot = at;
    for (size_t i = 0; i + 1 < length && function + i < key; i++) {
        bool high = code[i] == 0x41; /* r8 to r15 */
        uint8_t number = code[i + high];
        if (number < 0x50 || number > 0x57) return;
        i += high;
        slot -= 8;
        if (slot < frame->registers.value[FL_REGISTER_SP]) return;
        unsigned saved = high ? number - 0x50u + 8 : number == 0x53 ? 3 : number == 0x55 ? FL_REGISTER_FP : 0;
        if (!(FL_PRESERVED >> saved & 1)) continue;
        if (!fl_as_load(slot, &frame->registers.value[saved])) frame->known &= ~((uint64_t)1 << saved);
    }
#else
    (void)function, (void)at;
    frame->known &= (uint64_t)1 << FL_REGISTER_FP | FL_KNOWN_SP_PC; /* the others may be saved anywhere */
#endif
}

enum fl_as_step fl_as_scan_step(fl_as_frame *frame) {
    uint64_t *value = frame->registers.value, key = fl_as_frame_key(frame), sp = value[FL_REGISTER_SP];
    uint64_t word, function;
    const fl_image *image = fl_as_image_at(key);
    if (!image || sp & 7) return FL_STEP_UNKNOWN;
    bool in_link_register = false;
#if defined(__aarch64__)
    word = fl_as_strip(value[FL_REGISTER_LR]);
    in_link_register = frame->exact && fl_as_knows(frame, FL_REGISTER_LR) && called_from(image, key, word, &function);
#endif
    for (unsigned i = 0; i < WORDS_MAX && !in_link_register; i++) {
        uint64_t at = sp + 8 * i;
        if (!fl_as_load(at, &word)) return FL_STEP_UNKNOWN;
        word = fl_as_strip(word);
        if (!called_from(image, key, word, &function)) continue;
        restore_pushed(frame, function, at);
        value[FL_REGISTER_SP] = at + 8;
        break;
    }
    if (!in_link_register && value[FL_REGISTER_SP] == sp) return FL_STEP_UNKNOWN;
    value[FL_REGISTER_PC] = word;
    frame->known &= FL_PRESERVED | FL_KNOWN_SP_PC;
    frame->exact = false;
    return FL_STEP_CALLER;
}
#endif
