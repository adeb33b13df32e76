# SPDX-License-Identifier: Apache-2.0
# A text of eight million bytes, which each column of a long table of directories names.
    .text
    .globl f
    .type f, @function
f:  .fill 64, 1, 0x90
    .size f, . - f

    .section .debug_line_str, "MS", @progbits, 1
    .fill 8 << 20, 1, 0x61
    .byte 0

    .section .debug_abbrev, "", @progbits
    .byte 1, 0x11, 0                                # DW_TAG_compile_unit
    .byte 0x11, 0x01, 0x12, 0x06, 0x10, 0x17, 0, 0  # low_pc addr, high_pc data4, stmt_list sec_offset
    .byte 0

    .section .debug_info, "", @progbits
    .long 2f - 1f
1:  .short 5
    .byte 1, 8
    .long 0
    .byte 1
    .quad f
    .long 64, 0
2:
    .section .debug_line, "", @progbits
    .long 2f - 1f
1:  .short 5
    .byte 8, 0
    .long 2f - 3f
3:  .byte 1, 1, 1, 0, 14, 10
    .byte 0, 1, 1, 1, 1, 0, 0, 0, 1
    .byte 16                  # columns
    .rept 16
    .byte 1, 0x1f             # path line_strp
    .endr
    .uleb128 60000
    .fill 8 * 60000, 8, 0
    .byte 0, 0                # no files
2:
