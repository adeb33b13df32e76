/* SPDX-License-Identifier: Apache-2.0
 *
 * The input is what the walker finds in a program's memory: registers, then an image that begins with its .eh_frame_hdr
 * and ends with a piece of stack. It lies at IMAGE_AT whatever the process's layout is. Checked: no fault, only that
 * memory is read, a step that finds no caller leaves the frame as it was, the memo changes no answer, and a walk ends.
 */
#include "../../CHelpers/crash/handler/checked_load.h"
#include "../../CHelpers/crash/handler/images.h"
#include "../../CHelpers/crash/handler/unwind.h"
#include <stdlib.h>
#include <string.h>

enum { IMAGE_AT = 0x10000000, STEPS = 64 };

static struct {
    fl_as_registers registers;
    uint64_t known;
    uint64_t exact;
} start;
static const uint8_t *image_bytes;
static size_t image_size;
static fl_image image = {.low = IMAGE_AT};
const fl_images *fl_as_images;

const fl_image *fl_as_image_at(uint64_t address) {
    return address >= image.low && address < image.high ? &image : NULL;
}

/* Whole words only, as where memory is mapped in pages. */
bool fl_as_load(uint64_t address, uint64_t *value) {
    if (address < IMAGE_AT || address - IMAGE_AT > image_size || image_size - (address - IMAGE_AT) < 8) return false;
    memcpy(value, image_bytes + (address - IMAGE_AT), 8);
    return true;
}

size_t fl_as_load_bytes(uint64_t address, void *out, size_t length) {
    size_t done = 0;
    for (uint64_t word; done < length; done++) {
        uint64_t at = address + done;
        if (!fl_as_load(at & ~(uint64_t)7, &word)) break;
        ((uint8_t *)out)[done] = (uint8_t)(word >> (8 * (at & 7)));
    }
    return done;
}

static bool same(const fl_as_frame *a, const fl_as_frame *b) {
    if (a->known != b->known || a->exact != b->exact) return false;
    for (unsigned i = 0; i < FL_REGISTERS; i++)
        if (a->known >> i & 1 && a->registers.value[i] != b->registers.value[i]) return false;
    return true;
}

/* One step by call frame information, three times: in full, into the memo, out of the memo. */
static enum fl_as_step step(fl_as_frame *frame) {
    fl_as_frame full = *frame, stored = *frame, recalled = *frame;
    enum fl_as_step answer = fl_as_cfi_step(&full, false);
    if (fl_as_cfi_step(&stored, true) != answer || fl_as_cfi_step(&recalled, true) != answer) abort();
    if (!same(&full, &stored) || !same(&full, &recalled)) abort();
    if (answer != FL_STEP_CALLER && !same(&full, frame)) abort();
    *frame = full;
    return answer;
}

static void walk(fl_as_frame frame) {
    for (int i = 0; i < STEPS; i++) {
        enum fl_as_step answer = step(&frame);
        if (answer == FL_STEP_END) return;
        if (answer != FL_STEP_CALLER) answer = fl_as_stub_step(&frame);
        if (answer != FL_STEP_CALLER) answer = fl_as_scan_step(&frame);
        if (answer != FL_STEP_CALLER) answer = fl_as_fp_step(&frame);
        if (answer != FL_STEP_CALLER) return;
        if ((frame.known & FL_KNOWN_SP_PC) != FL_KNOWN_SP_PC || frame.known & ~FL_KNOWN_ALL) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size < sizeof start) return 0;
    memcpy(&start, bytes, sizeof start);
    image_size = size - sizeof start;
    uint8_t *block = malloc(image_size ? image_size : 1);
    if (!block) abort();
    memcpy(block, bytes + sizeof start, image_size);
    image_bytes = block;
    image.high = IMAGE_AT + image_size;
    image.eh_frame_hdr = IMAGE_AT;
    fl_as_cfi_forget();
    walk((fl_as_frame){.registers = start.registers,
                       .known = (start.known & FL_KNOWN_ALL) | FL_KNOWN_SP_PC,
                       .exact = start.exact & 1});
    free(block);
    return 0;
}
