# SPDX-License-Identifier: Apache-2.0
# An abbreviation of a million attributes that take no bytes, and functions that use it.
    .text
    .globl f
    .type f, @function
f:  .fill 64, 1, 0x90
    .size f, . - f

    .section .debug_abbrev, "", @progbits
    .byte 1, 0x11, 1                    # DW_TAG_compile_unit, with children
    .byte 0x11, 0x01, 0x12, 0x06, 0, 0  # low_pc addr, high_pc data4
    .byte 2, 0x2e, 0                    # DW_TAG_subprogram
    .fill 1 << 20, 2, 0x1901            # sibling flag_present
    .byte 0, 0, 0

    .section .debug_info, "", @progbits
    .long 2f - 1f
1:  .short 4
    .long 0
    .byte 8, 1
    .quad f
    .long 64
    .fill 4096, 1, 2
2:
