/* SPDX-License-Identifier: Apache-2.0
 *
 * Which build a file is of: the note named "GNU" of type 3, in a section, or in a segment where there are none. */
#ifdef __linux__
#include "elf_image.h"

/* All in a file: sections and segments may name the same bytes over and over. An image has some ten. */
enum { MAX_NOTES = 4096 };

/* Notes: name size, content size, type, then both padded to 4 bytes. `notes_left`: how many more are looked at. */
static void look_for_build_id(fl_symbols *symbols, fl_bytes notes, int *notes_left) {
    fl_cursor cursor = fl_cursor_at(notes, 0);
    while (!symbols->build_id_length && fl_left(&cursor) >= 12 && (*notes_left)-- > 0) {
        uint64_t name_size = fl_read(&cursor, 4), size = fl_read(&cursor, 4), type = fl_read(&cursor, 4);
        const uint8_t *name = cursor.at;
        fl_skip(&cursor, (name_size + 3) & ~(uint64_t)3);
        if (cursor.bad) return;
        const uint8_t *content = cursor.at;
        if (size > fl_left(&cursor)) return; /* the last note may lack its padding */
        if (type == NT_GNU_BUILD_ID && name_size == 4 && !memcmp(name, "GNU", 4) && size &&
            size <= sizeof symbols->build_id) {
            memcpy(symbols->build_id, content, size);
            symbols->build_id_length = size;
        }
        uint64_t padded = (size + 3) & ~(uint64_t)3;
        fl_skip(&cursor, padded > fl_left(&cursor) ? fl_left(&cursor) : padded);
    }
}

void fl_read_build_id(fl_symbols *symbols) {
    Elf_Scn *section = NULL;
    int notes_left = MAX_NOTES;
    while (!symbols->build_id_length && notes_left > 0 &&
           (section = symbols->libelf.next_section(symbols->elf, section))) {
        Elf64_Shdr header;
        if (fl_section_header(symbols, section, &header) && header.sh_type == SHT_NOTE)
            look_for_build_id(symbols, fl_section_bytes(symbols, section), &notes_left);
    }
    size_t count = 0;
    if (symbols->build_id_length || symbols->libelf.segment_count(symbols->elf, &count) != 0) return;
    const uint8_t *segments = (const void *)symbols->libelf.segments(symbols->elf); /* where there are no sections */
    for (size_t i = 0; segments && i < count && notes_left > 0 && !symbols->build_id_length; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, segments + i * sizeof segment, sizeof segment);
        if (segment.p_type != PT_NOTE) continue;
        look_for_build_id(symbols, fl_part_of(symbols->file, segment.p_offset, segment.p_filesz), &notes_left);
    }
}
#endif
