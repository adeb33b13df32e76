/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame-pointer chain: {caller's frame pointer, return address} at the frame pointer, on both architectures
 * (System V AMD64 ABI 3.2.2; AAPCS64 6.4.6). Return addresses must be code we know, and the chain must
 * climb; where it does not, a caller may use the register for something else, if it did call. */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "checked_load.h"
#include "images.h"
#include "unwind.h"

enum fl_as_step fl_as_fp_step(fl_as_frame *frame) {
    uint64_t *value = frame->registers.value, at = value[FL_REGISTER_FP], caller_frame, return_address;
    if (!fl_as_knows(frame, FL_REGISTER_FP) || at & 7 || at < value[FL_REGISTER_SP]) return FL_STEP_UNKNOWN;
    if (!fl_as_load(at, &caller_frame) || !fl_as_load(at + 8, &return_address)) return FL_STEP_UNKNOWN;
    caller_frame = fl_as_unmark(caller_frame);
    return_address = fl_as_strip(return_address);
    if (!return_address) return FL_STEP_END;
    if (!fl_as_image_at(return_address)) return FL_STEP_UNKNOWN;
    if (caller_frame && caller_frame <= at && !fl_as_follows_call(return_address)) return FL_STEP_UNKNOWN;
    value[FL_REGISTER_FP] = caller_frame;
    value[FL_REGISTER_SP] = at + 16;
    value[FL_REGISTER_PC] = return_address;
    frame->known = (uint64_t)1 << FL_REGISTER_FP | FL_KNOWN_SP_PC; /* where the others were saved is not known */
    frame->exact = false;
    return FL_STEP_CALLER;
}
#include "uninstrumented_end.h"
#endif
