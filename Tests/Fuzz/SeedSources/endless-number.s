# SPDX-License-Identifier: Apache-2.0
# A range list that begins with a LEB128 number of eight million bytes, and functions whose ranges it is.
    .text
    .globl f
    .type f, @function
f:  .fill 64, 1, 0x90
    .size f, . - f

    .section .debug_rnglists, "", @progbits
    .byte 4                   # DW_RLE_offset_pair
    .fill 8 << 20, 1, 0x80

    .section .debug_abbrev, "", @progbits
    .byte 1, 0x11, 1                    # DW_TAG_compile_unit, with children
    .byte 0x11, 0x01, 0x12, 0x06, 0, 0  # low_pc addr, high_pc data4
    .byte 2, 0x2e, 0                    # DW_TAG_subprogram
    .byte 0x55, 0x17, 0, 0              # ranges sec_offset
    .byte 0

    .section .debug_info, "", @progbits
    .long 2f - 1f
1:  .short 5
    .byte 1, 8
    .long 0
    .byte 1
    .quad f
    .long 64
    .rept 4096
    .byte 2
    .long 0
    .endr
2:
