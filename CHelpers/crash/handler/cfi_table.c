/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "cfi_reader.h"
#include "cfi_table.h"
#include "checked_load.h"
#include "images.h"

enum { RECORDS_MAX = 65536, AUGMENTATIONS_MAX = 8 };

/* MARK: one entry */

/* A reader of one record behind its length; its `end` is the record's. The 64-bit form is refused: no linker makes it.
 */
static fl_as_cfi_reader open_record(const fl_image *image, uint64_t at) {
    fl_as_cfi_reader reader = fl_as_cfi_read(at, image->high);
    if (at < image->low) reader.bad = true;
    uint64_t length = fl_as_cfi_unsigned(&reader, 4);
    if (length == 0 || length >= 0xfffffff0 || length > reader.end - reader.at) reader.bad = true;
    else reader.end = reader.at + length;
    return reader;
}

/* The data that the letters after 'z' announce (LSB 10.6.1.1.1, gcc's unwind-dw2.c). What an unknown letter means need
 * not be known: the length of all of it stands before it. */
static void read_augmentation(fl_as_cfi_reader *reader, const char *letters, fl_as_cfi_entry *entry) {
    uint64_t length = fl_as_cfi_uleb(reader), begin = reader->at;
    fl_as_cfi_skip(reader, length);
    if (reader->bad) return;
    fl_as_cfi_reader data = fl_as_cfi_read(begin, reader->at);
    for (const char *letter = letters; *letter; letter++) {
        switch (*letter) {
        case 'R': entry->pointer_encoding = (uint8_t)fl_as_cfi_byte(&data); break;
        case 'L': fl_as_cfi_skip(&data, 1); break;
        case 'P': /* where the personality routine is; only its size matters */
            fl_as_cfi_pointer(&data, fl_as_cfi_byte(&data) & 0x0f, 0);
            break;
        case 'S': entry->signal_frame = true; break;
        case 'B': /* return addresses are signed with key B, or the frame is tagged (aarch64): no matter for stripping
                   */
        case 'G': break;
        default: return;
        }
    }
    if (data.bad) reader->bad = true;
}

static bool read_cie(const fl_image *image, uint64_t at, fl_as_cfi_entry *entry, bool *augmented) {
    fl_as_cfi_reader reader = open_record(image, at);
    if (fl_as_cfi_unsigned(&reader, 4) != 0) return false; /* an FDE */
    uint64_t version = fl_as_cfi_byte(&reader);
    if (version != 1 && version != 3) return false;
    char letters[AUGMENTATIONS_MAX];
    unsigned count = 0;
    do { letters[count] = (char)fl_as_cfi_byte(&reader); } while (letters[count] && ++count < AUGMENTATIONS_MAX);
    if (reader.bad || count == AUGMENTATIONS_MAX || (count && letters[0] != 'z')) return false;
    entry->code_alignment = fl_as_cfi_uleb(&reader);
    entry->data_alignment = fl_as_cfi_sleb(&reader);
    entry->return_column = version == 1 ? fl_as_cfi_byte(&reader) : fl_as_cfi_uleb(&reader);
    entry->pointer_encoding = 0;
    entry->signal_frame = false;
    *augmented = count > 0;
    if (*augmented) read_augmentation(&reader, letters + 1, entry);
    entry->initial = reader.at;
    entry->initial_end = reader.end;
    return !reader.bad;
}

/* false for a CIE too. */
static bool read_fde(const fl_image *image, uint64_t at, fl_as_cfi_entry *entry) {
    fl_as_cfi_reader reader = open_record(image, at);
    uint64_t field = reader.at, back = fl_as_cfi_unsigned(&reader, 4);
    bool augmented;
    if (reader.bad || back == 0 || back > field || !read_cie(image, field - back, entry, &augmented)) return false;
    entry->start = fl_as_cfi_pointer(&reader, entry->pointer_encoding, 0);
    uint64_t length = fl_as_cfi_pointer(&reader, entry->pointer_encoding & 0x0f, 0);
    entry->end = entry->start + length;
    if (augmented) fl_as_cfi_skip(&reader, fl_as_cfi_uleb(&reader));
    entry->program = reader.at;
    entry->program_end = reader.end;
    return !reader.bad && entry->end > entry->start;
}

/* MARK: finding it */

/* The sorted pairs {function, FDE}, both signed 32-bit words that count from the header. The last function that does
 * not begin after `pc`; 0: none. */
static uint64_t search(const fl_image *image, uint64_t table, uint64_t count, uint64_t pc) {
    if (table > image->high || count > (image->high - table) / 8) return 0;
    int64_t wanted = (int64_t)(pc - image->eh_frame_hdr);
    uint64_t low = 0, high = count, found = 0, pair;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (!fl_as_load(table + 8 * middle, &pair)) return 0;
        if ((int32_t)pair > wanted) high = middle;
        else {
            low = middle + 1;
            found = image->eh_frame_hdr + (uint64_t)((int64_t)pair >> 32);
        }
    }
    return found;
}

/* One record after the other: for an image whose table is missing (GNU ld leaves it out when it cannot read some
 * input's .eh_frame) or is not of the usual kind. */
static bool scan(const fl_image *image, uint64_t records, uint64_t pc, fl_as_cfi_entry *entry) {
    uint64_t at = records;
    for (int i = 0; i < RECORDS_MAX; i++) {
        fl_as_cfi_reader reader = open_record(image, at);
        if (reader.bad) return false; /* the terminating zero, too */
        if (read_fde(image, at, entry) && pc >= entry->start && pc < entry->end) return true;
        at = reader.end;
    }
    return false;
}

bool fl_as_cfi_find_in(const fl_image *image, uint64_t pc, fl_as_cfi_entry *entry) {
    enum { VERSION = 1, COUNT_UDATA4 = 0x03, TABLE_DATA_RELATIVE_SDATA4 = 0x3b };
    fl_as_cfi_reader header = fl_as_cfi_read(image->eh_frame_hdr, image->high);
    if (fl_as_cfi_byte(&header) != VERSION) return false;
    uint8_t records_encoding = (uint8_t)fl_as_cfi_byte(&header);
    uint8_t count_encoding = (uint8_t)fl_as_cfi_byte(&header);
    uint8_t table_encoding = (uint8_t)fl_as_cfi_byte(&header);
    uint64_t records = fl_as_cfi_pointer(&header, records_encoding, image->eh_frame_hdr);
    if (header.bad) return false;
    if (count_encoding != COUNT_UDATA4 || table_encoding != TABLE_DATA_RELATIVE_SDATA4)
        return scan(image, records, pc, entry);
    uint64_t count = fl_as_cfi_unsigned(&header, 4), fde = header.bad ? 0 : search(image, header.at, count, pc);
    return fde && read_fde(image, fde, entry) && pc >= entry->start && pc < entry->end;
}

bool fl_as_cfi_find(uint64_t pc, fl_as_cfi_entry *entry) {
    const fl_image *image = fl_as_image_at(pc);
    return image && image->eh_frame_hdr && fl_as_cfi_find_in(image, pc, entry);
}
#include "uninstrumented_end.h"
#endif
