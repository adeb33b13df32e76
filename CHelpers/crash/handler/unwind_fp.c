/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame-pointer chain: {caller's frame pointer, return address} at the frame pointer, on both architectures
 * (System V AMD64 ABI 3.2.2; AAPCS64 6.4.6). The chain must climb and its return addresses must be code we know. */
#ifdef __linux__
#include "checked_load.h"
#include "images.h"
#include "unwind.h"

enum fl_as_step fl_as_fp_step(fl_as_registers *registers) {
    uint64_t frame = registers->value[FL_REGISTER_FP], caller_frame, return_address;
    if (frame & 7 || frame < registers->value[FL_REGISTER_SP]) return FL_STEP_UNKNOWN;
    if (!fl_as_load(frame, &caller_frame) || !fl_as_load(frame + 8, &return_address)) return FL_STEP_UNKNOWN;
    if (!return_address) return FL_STEP_END;
    if (!fl_as_image_at(return_address) || (caller_frame && caller_frame <= frame)) return FL_STEP_UNKNOWN;
    registers->value[FL_REGISTER_FP] = caller_frame;
    registers->value[FL_REGISTER_SP] = frame + 16;
    registers->value[FL_REGISTER_PC] = return_address;
    return FL_STEP_CALLER;
}
#endif
