/* SPDX-License-Identifier: Apache-2.0
 *
 * The unwind tables of the images: what describes the function at an address. A frame description entry (FDE) is joined
 * with the common information entry (CIE) it points to. Owner of an entry: the caller. Addresses are absolute; they
 * point into memory of the program, to be read by fl_as_cfi_reader.
 * Sources: LSB 10.6 (.eh_frame, .eh_frame_hdr); DWARF 5, 6.4.1. */
#pragma once
#ifdef __linux__
#include "images.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t start, end;           /* the code described; `end` is exclusive */
    uint64_t initial, initial_end; /* the CIE's instructions */
    uint64_t program, program_end; /* the FDE's instructions, to run after them */
    uint64_t code_alignment;       /* units of what the instructions say */
    int64_t data_alignment;
    uint64_t return_column; /* the register whose rule is the return address */
    uint8_t pointer_encoding;
    bool signal_frame; /* the caller was interrupted, it did not call */
} fl_as_cfi_entry;

/* false: no image there, no entry for `pc`, or one that cannot be read. */
bool fl_as_cfi_find(uint64_t pc, fl_as_cfi_entry *entry);
/* The same where the image is known: its bounds and `eh_frame_hdr`. */
bool fl_as_cfi_find_in(const fl_image *image, uint64_t pc, fl_as_cfi_entry *entry);
#endif
