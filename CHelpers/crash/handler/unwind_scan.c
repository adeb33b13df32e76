/* SPDX-License-Identifier: Apache-2.0
 *
 * A last guess for functions that have neither call frame information nor a frame pointer. Swift has many: outlined
 * copies and value witnesses are marked nounwind, so LLVM writes no FDE for them. They are small and mostly called
 * directly: the word on the stack behind a call of this very function is its return address. */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "checked_load.h"
#include "images.h"
#include "unwind.h"

enum { WORDS_MAX = 32, FUNCTION_MAX = 4096, PROLOGUE = 16 /* instructions */ };

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

/* Nothing returns between: `key` may still be in the function that begins at `function`. Else a return address that the
 * link register has kept would be taken for that of a caller. On x86-64 no register keeps one. */
static bool reaches(uint64_t function, uint64_t key) {
#if defined(__aarch64__)
    const uint32_t ret = 0xd65f03c0;
    for (uint64_t at = function; at + 4 <= key; at += 4) {
        uint32_t instruction;
        if (fl_as_load_bytes(at, &instruction, sizeof instruction) != sizeof instruction || instruction == ret)
            return false;
    }
#else
    (void)function, (void)key;
#endif
    return true;
}

/* Has set up a frame pointer before `key`, first of all: then unwind_fp.c knows better. */
static bool begins_with_frame(uint64_t function, uint64_t key) {
#if defined(__x86_64__)
    (void)key;                                              /* where that has not happened yet, unwind_stub.c knows */
    static const uint8_t code[] = {0x55, 0x48, 0x89, 0xe5}; /* push %rbp; mov %rsp, %rbp */
    uint8_t found[sizeof code];
    return fl_as_load_bytes(function, found, sizeof found) == sizeof found &&
           __builtin_memcmp(found, code, sizeof code) == 0;
#else
    uint32_t code[PROLOGUE];
    size_t count = fl_as_load_bytes(function, code, sizeof code) / 4;
    for (size_t i = 0; i < count && function + 4 * i < key; i++)
        if ((code[i] & 0xff8003ff) == 0x910003fd) return true; /* add x29, sp, #n; mov x29, sp */
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
           *function <= key && key - *function < FUNCTION_MAX && *function >= image->low && reaches(*function, key) &&
           !begins_with_frame(*function, key);
}

#if defined(__x86_64__)
/* Takes back the pushes that the function begins with, as far as it has come: `at` is where its return address is. What
 * lies below the stack pointer has been popped again. */
static void restore_pushed(fl_as_frame *frame, uint64_t function, uint64_t at) {
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
}

static bool find_caller(fl_as_frame *frame, const fl_image *image, uint64_t *caller) {
    uint64_t key = fl_as_frame_key(frame), sp = frame->registers.value[FL_REGISTER_SP], function;
    for (unsigned i = 0; i < WORDS_MAX; i++) {
        uint64_t at = sp + 8 * i;
        if (!fl_as_load(at, caller)) return false;
        if (!called_from(image, key, *caller, &function)) continue;
        restore_pushed(frame, function, at);
        frame->registers.value[FL_REGISTER_SP] = at + 8;
        return true;
    }
    return false;
}
#else
/* Bytes of the stack that the function has taken before `key`, by the instructions that it begins with. */
static uint64_t stack_taken(uint64_t function, uint64_t key) {
    uint32_t code[PROLOGUE];
    size_t count = fl_as_load_bytes(function, code, sizeof code) / 4;
    uint64_t taken = 0;
    for (size_t i = 0; i < count && function + 4 * i < key; i++) {
        uint32_t instruction = code[i];
        if ((instruction & 0xff8003ff) == 0xd10003ff) /* sub sp, sp, #n; or n times 4096 */
            taken += (uint64_t)(instruction >> 10 & 0xfff) << (instruction >> 22 & 1 ? 12 : 0);
        else if ((instruction & 0xffe003e0) == 0xa9a003e0 || (instruction & 0xffe003e0) == 0x6da003e0)
            taken += 8 * (64 - (instruction >> 15 & 0x3f)); /* stp of two registers, [sp, #-n]! */
        else if ((instruction & 0xfff00fe0) == 0xf8100fe0)
            taken += 256 - (instruction >> 12 & 0xff); /* str of one, likewise */
    }
    return taken;
}

/* Of the newest function the return address may be in the link register still; of all others it is within what they
 * have taken of the stack. Where that is, and what is saved beside it, can be anywhere in there. */
static bool find_caller(fl_as_frame *frame, const fl_image *image, uint64_t *caller) {
    uint64_t key = fl_as_frame_key(frame), *value = frame->registers.value, function, taken = 0;
    *caller = fl_as_strip(value[FL_REGISTER_LR]);
    bool found = frame->exact && fl_as_knows(frame, FL_REGISTER_LR) && called_from(image, key, *caller, &function);
    if (found) taken = stack_taken(function, key);
    for (unsigned i = 0; i < WORDS_MAX && !found; i++) {
        if (!fl_as_load(value[FL_REGISTER_SP] + 8 * i, caller)) return false;
        *caller = fl_as_strip(*caller);
        if (!called_from(image, key, *caller, &function)) continue;
        taken = stack_taken(function, key);
        if (taken <= 8 * i) return false;
        found = true;
    }
    if (taken) frame->known &= (uint64_t)1 << FL_REGISTER_FP | FL_KNOWN_SP_PC;
    value[FL_REGISTER_SP] += taken;
    return found;
}
#endif

enum fl_as_step fl_as_scan_step(fl_as_frame *frame) {
    const fl_image *image = fl_as_image_at(fl_as_frame_key(frame));
    uint64_t caller;
    if (!image || frame->registers.value[FL_REGISTER_SP] & 7 || !find_caller(frame, image, &caller))
        return FL_STEP_UNKNOWN;
    frame->registers.value[FL_REGISTER_PC] = caller;
    frame->known &= FL_PRESERVED | FL_KNOWN_SP_PC;
    frame->exact = false;
    return FL_STEP_CALLER;
}
#include "uninstrumented_end.h"
#endif
