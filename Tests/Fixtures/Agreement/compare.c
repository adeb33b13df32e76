/* SPDX-License-Identifier: Apache-2.0
 *
 * One step by each reader from the same registers, then the next from where they agree, as far as the stack goes. */
#define _GNU_SOURCE
#include "../../../CHelpers/crash/handler/images.h"
#include "../../../CHelpers/crash/handler/unwind.h"
#include "agreement.h"
#include "probed_load.h"
#include <string.h>

enum { STEPS_MAX = 512 }; /* the two of a recursion repeat themselves */

/* The registers that a caller still needs: the others are gone after a call. */
static const uint64_t compared_registers = FL_PRESERVED | FL_KNOWN_SP_PC;

typedef struct {
    enum fl_as_step step;
    fl_as_frame frame;
} answer;

static void add(uint64_t *count) { __atomic_fetch_add(count, 1, __ATOMIC_RELAXED); }

static bool found(const answer *one) { return one->step == FL_STEP_CALLER || one->step == FL_STEP_END; }

/* The registers in which the callers differ; one that only one of them knows is such a one. */
static uint64_t differences(const fl_as_frame *one, const fl_as_frame *other) {
    uint64_t differ = (one->known ^ other->known) & compared_registers;
    for (unsigned i = 0; i < FL_REGISTERS; i++)
        if (one->known >> i & other->known >> i & compared_registers >> i & 1 &&
            one->registers.value[i] != other->registers.value[i])
            differ |= (uint64_t)1 << i;
    return differ;
}

static bool same(const answer *one, const answer *other) {
    if (one->step != other->step) return false;
    return one->step != FL_STEP_CALLER ||
           (differences(&one->frame, &other->frame) == 0 && one->frame.exact == other->frame.exact);
}

/* One register after the other, a bit of it. */
static void alter(fl_as_frame *frame) {
    static unsigned number;
    do { number = (number + 1) % FL_REGISTERS; } while (!(compared_registers >> number & 1));
    frame->registers.value[number] ^= 8;
    frame->known |= (uint64_t)1 << number;
}

static const char *name_of(const fl_image *image) {
    const char *path = fl_as_images->names + image->name, *name = strrchr(path, '/');
    return name ? name + 1 : path;
}

/* FNV-1a, of what is the same in each process. */
static void note_place(agreement *counts, const fl_as_frame *at) {
    const fl_image *image = fl_as_image_at(fl_as_frame_key(at));
    if (!image) return;
    uint64_t hash = 0xcbf29ce484222325, address = at->registers.value[FL_REGISTER_PC] - image->bias;
    for (const char *name = name_of(image); *name; name++) hash = (hash ^ (uint8_t)*name) * 0x100000001b3;
    for (unsigned i = 0; i < sizeof address; i++) hash = (hash ^ (address >> 8 * i & 0xff)) * 0x100000001b3;
    hash = (hash ^ hash >> 32) % PLACES;
    __atomic_fetch_or(&counts->place[hash / 8], (uint8_t)(1u << hash % 8), __ATOMIC_RELAXED);
}

static void record(agreement *counts, const fl_as_frame *at, const answer *own, const answer *memo,
                   const answer *libunwind) {
    uint64_t place = __atomic_fetch_add(&counts->recorded, 1, __ATOMIC_RELAXED);
    if (place >= RECORDS_MAX) return;
    agreement_record *record = &counts->record[place];
    const fl_image *image = fl_as_image_at(fl_as_frame_key(at));
    record->address = at->registers.value[FL_REGISTER_PC] - (image ? image->bias : 0);
    record->own = (uint8_t)own->step;
    record->memo = (uint8_t)memo->step;
    record->libunwind = (uint8_t)libunwind->step;
    if (own->step == FL_STEP_CALLER && libunwind->step == FL_STEP_CALLER)
        record->registers = differences(&own->frame, &libunwind->frame);
    if (!image) return;
    strncpy(record->image, name_of(image), sizeof record->image - 1);
}

/* true: both took the same step. */
static bool compare(agreement *counts, const fl_as_frame *at, const answer *own, const answer *memo,
                    const answer *libunwind) {
    if (!found(own) && !found(memo) && !found(libunwind)) {
        add(&counts->neither);
        return false;
    }
    note_place(counts, at);
    if (same(own, libunwind) && same(own, memo)) {
        add(&counts->agreed);
        return true;
    }
    bool only_libunwind = !found(own) && !found(memo), only_own = !found(libunwind) && same(own, memo);
    add(only_libunwind ? &counts->only_libunwind : only_own ? &counts->only_own : &counts->disagreed);
    record(counts, at, own, memo, libunwind);
    return false;
}

/* As the handler goes on where there is no call frame information. */
static bool step_otherwise(fl_as_frame *frame) {
    return fl_as_stub_step(frame) == FL_STEP_CALLER || fl_as_scan_step(frame) == FL_STEP_CALLER ||
           fl_as_fp_step(frame) == FL_STEP_CALLER;
}

/* Static: a signal may have come on a small alternate stack. */
void agreement_walk(agreement *counts, const void *context, uint64_t falsify) {
    static fl_as_frame frame, base;
    static answer own, memo, libunwind, claimed;
    static uint64_t until_falsified;
    bool has_cursor = false;

    probed_load_forget();
    fl_as_registers_of(context, &frame.registers);
    frame.known = FL_KNOWN_ALL;
    frame.exact = true;
    add(&counts->walks);
    for (int i = 0; i < STEPS_MAX; i++) {
        if (!has_cursor) {
            base = frame; /* libunwind's cursor reads it later, too */
            has_cursor = fl_as_libunwind_begin(&base);
        }
        own.frame = memo.frame = libunwind.frame = frame;
        own.step = fl_as_cfi_step(&own.frame, false);
        memo.step = fl_as_cfi_step(&memo.frame, true);
        libunwind.step = has_cursor ? fl_as_libunwind_step(&libunwind.frame) : FL_STEP_UNKNOWN;
        claimed = own;
        if (falsify && own.step == FL_STEP_CALLER && ++until_falsified >= falsify) {
            until_falsified = 0;
            alter(&claimed.frame);
            add(&counts->falsified);
        }
        has_cursor = compare(counts, &frame, &claimed, &memo, &libunwind);

        if (own.step == FL_STEP_CALLER) frame = own.frame;
        else if (own.step == FL_STEP_END) return;
        else if (libunwind.step == FL_STEP_CALLER) frame = libunwind.frame;
        else if (libunwind.step == FL_STEP_END || !step_otherwise(&frame)) return;
    }
}
