# SPDX-License-Identifier: Apache-2.0
# Units whose root has four million attributes that take no bytes.
    .text
    .globl f
    .type f, @function
f:  .fill 64, 1, 0x90
    .size f, . - f

    .section .debug_abbrev, "", @progbits
    .byte 1, 0x11, 0          # DW_TAG_compile_unit
    .byte 0x11, 0x0b          # low_pc data1
    .fill 4 << 20, 2, 0x1901  # sibling flag_present
    .byte 0, 0, 0

    .section .debug_info, "", @progbits
    .rept 2048
    .long 9
    .short 4
    .long 0
    .byte 8, 1, 0
    .endr
