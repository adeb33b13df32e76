/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking one stopped thread's stack: one step, several ways, which share this header and one prefix.
 *   unwind_libunwind.c  call frame information, by libunwind's remote interface
 *   unwind_cfi.c        call frame information, by our own reader (cfi_….c)
 *   unwind_stub.c       code that has none, but whose stack is known: signal return, the linker's stubs, wild calls
 *   unwind_scan.c       a guess for small functions without frame: the word behind a call of this function
 *   unwind_fp.c         the frame-pointer chain
 * Owner of stacks and frames: the reporting thread, static memory. Nothing here allocates or locks; libunwind's pool
 * lock is taken by this one thread only. */
#pragma once
#ifdef __linux__
#include "faultline_crash.h"
#include "machine.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FL_FRAMES_NEWEST = 200,
    FL_FRAMES_OLDEST = 50,
    FL_FRAMES_BASE = 32,
    FL_STEPS_MAX = 1000000, /* a loop in damaged unwind data ends here, or at FL_WALK_NANOSECONDS */
};
#define FL_WALK_NANOSECONDS        1000000000u
#define FL_WALK_THREAD_NANOSECONDS 100000000u

/* MARK: a walk */

/* A stack, however deep: its newest and its oldest frames. Frame 0 is the program counter, the others are return
 * addresses. */
typedef struct {
    uint64_t newest[FL_FRAMES_NEWEST];
    uint64_t oldest[FL_FRAMES_OLDEST]; /* a ring of what came after `newest` */
    uint32_t depth;                    /* frames seen in all */
    struct {
        uint64_t pc, fp, async; /* async: what is in the register of Swift's async context */
    } base[FL_FRAMES_BASE];     /* a ring of the oldest frames: among them is the one that an executor has called */
    bool by_libunwind, by_cfi, by_frame_pointer, by_scan; /* the ways that found a caller */
} fl_as_stack;

/* The crashed thread: libunwind, and the own reader where it knows no caller, and beyond the newest frames; on aarch64
 * the own reader throughout, and libunwind where a rule is too hard for it. Other threads may run. */
void fl_as_walk(const fl_as_registers *registers, fl_as_stack *stack);

/* A stopped thread of many: the own reader, with a memo, as far as it goes. `whole`: all registers were stored, else
 * the stack pointer and the program counter only, and the walk ends where a rule needs another one. The memo holds
 * while nothing is loaded or unloaded: call fl_as_cfi_forget before the first of a row of threads. */
void fl_as_walk_thread(const fl_as_registers *registers, bool whole, fl_as_stack *stack);
void fl_as_cfi_forget(void);

uint32_t fl_as_stack_kept(const fl_as_stack *stack);
/* `index` counts the kept frames, newest first. */
uint64_t fl_as_stack_frame(const fl_as_stack *stack, uint32_t index);
/* The ways, "libunwind", "own CFI", "frame pointers", "stack scan", joined by ", ". */
void fl_as_put_unwinder(fl_as_buffer *out, const fl_as_stack *stack);

/* MARK: a step */

/* Where a walk stands. */
typedef struct {
    fl_as_registers registers;
    uint64_t known; /* bit n: register n has the value it had in this frame; SP and PC always have */
    bool exact;     /* PC is the next instruction; else it is a return address, whose call may be the function's end */
} fl_as_frame;

#define FL_KNOWN_ALL   (((uint64_t)1 << FL_REGISTERS) - 1)
#define FL_KNOWN_SP_PC ((uint64_t)1 << FL_REGISTER_SP | (uint64_t)1 << FL_REGISTER_PC)

static inline bool fl_as_knows(const fl_as_frame *frame, uint64_t number) {
    return number < FL_REGISTERS && frame->known >> number & 1;
}

/* An address inside the instruction that the frame stands at: a call that never returns may be followed by another
 * function. */
static inline uint64_t fl_as_frame_key(const fl_as_frame *frame) {
    return frame->registers.value[FL_REGISTER_PC] - !frame->exact;
}

/* Registers that a call leaves as they were: System V AMD64 ABI, figure 3.4; AAPCS64, 6.1.1. */
#if defined(__x86_64__)
#define FL_PRESERVED ((uint64_t)0xf048) /* rbx, rbp, r12 to r15 */
#else
#define FL_PRESERVED ((uint64_t)0x3ff80000) /* x19 to x29 */
#endif

/* A return address without its pointer authentication code; one that has none stays as it is. */
static inline uint64_t fl_as_strip(uint64_t address) {
#if defined(__aarch64__)
    register uint64_t lr __asm__("x30") = address;
    __asm__("hint #7" : "+r"(lr)); /* xpaclri, which older processors take for a nop (Arm ARM, C6.2) */
    return lr;
#else
    return address;
#endif
}

/* A stack address without the mark that Swift's async functions set in the frame pointer they save (LLVM,
 * SwiftAsyncFramePointerMode): no address of a process has this bit. */
static inline uint64_t fl_as_unmark(uint64_t address) { return address & ~((uint64_t)1 << 60); }

/* What a way says of one step. Only FL_STEP_CALLER changes the frame. */
enum fl_as_step {
    FL_STEP_CALLER,
    FL_STEP_END,
    FL_STEP_UNKNOWN, /* no information here, or it needs what is not known: another register, unreadable memory */
    FL_STEP_HARD,    /* there is information, which this way does not understand */
};

/* A walk of libunwind's starts at `frame`; false: it is not there. `frame` must outlive the walk, unchanged. */
bool fl_as_libunwind_begin(const fl_as_frame *frame);
enum fl_as_step fl_as_libunwind_step(fl_as_frame *frame);
enum fl_as_step fl_as_cfi_step(fl_as_frame *frame, bool use_memo);
enum fl_as_step fl_as_stub_step(fl_as_frame *frame);
enum fl_as_step fl_as_fp_step(fl_as_frame *frame);
enum fl_as_step fl_as_scan_step(fl_as_frame *frame);
/* The instruction before `address` is a call, as far as bytes can tell. */
bool fl_as_follows_call(uint64_t address);
/* The code at `pc` returns from a signal handler. */
bool fl_as_is_signal_return(uint64_t pc);
#endif
