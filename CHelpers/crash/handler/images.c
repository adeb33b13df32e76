/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "images.h"
#include "machine.h"
#include <string.h>

const fl_images *fl_as_images;

static const fl_images *published(void) { return __atomic_load_n(&fl_as_images, __ATOMIC_ACQUIRE); }

/* In the order of the loader's list, not of addresses; a process has tens of images. */
const fl_image *fl_as_image_at(uint64_t address) {
    const fl_images *images = published();
    if (!images) return NULL;
    for (uint32_t i = 0; i < images->count; i++)
        if (address >= images->image[i].low && address < images->image[i].high) return &images->image[i];
    return NULL;
}

static void put_hex(fl_as_buffer *out, const uint8_t *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        char two[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        fl_as_put(out, two, 2);
    }
}

/* The first 16 bytes of the build id as a little-endian UUID.
 * Source: https://develop.sentry.dev/sdk/data-model/event-payloads/debugmeta/ */
static void put_debug_id(fl_as_buffer *out, const fl_image *image) {
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t id[16] = {0};
    memcpy(id, image->build_id, image->build_id_length < 16 ? image->build_id_length : 16);
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) fl_as_put(out, "-", 1);
        put_hex(out, &id[order[i]], 1);
    }
}

void fl_as_put_image(fl_as_buffer *out, const fl_images *images, const fl_image *image) {
    const char *name = images->names + image->name;
    fl_as_put_literal(out, "{\"type\":\"elf\",\"image_addr\":");
    fl_as_put_address(out, image->low);
    fl_as_put_literal(out, ",\"image_size\":");
    fl_as_put_unsigned(out, image->high - image->low);
    fl_as_put_literal(out, ",\"image_vmaddr\":");
    fl_as_put_address(out, image->low - image->bias);
    fl_as_put_literal(out, ",\"arch\":\"" FL_ARCHITECTURE "\",\"code_file\":");
    fl_as_put_string(out, (const uint8_t *)name, strlen(name), 4096);
    if (image->build_id_length) {
        fl_as_put_literal(out, ",\"code_id\":\"");
        put_hex(out, image->build_id, image->build_id_length);
        fl_as_put_literal(out, "\"");
    }
    fl_as_put_literal(out, ",\"debug_id\":\""); /* required; all zero where the image has no build id */
    put_debug_id(out, image);
    fl_as_put_literal(out, "\"}");
}

void fl_as_put_images(fl_as_buffer *out, bool (*wanted)(const fl_image *)) {
    const fl_images *images = published();
    fl_as_put_literal(out, ",\"debug_meta\":{\"images\":[");
    bool any = false;
    for (uint32_t i = 0; images && i < images->count; i++) {
        if (wanted && !wanted(&images->image[i])) continue;
        if (any) fl_as_put_literal(out, ",");
        any = true;
        fl_as_put_image(out, images, &images->image[i]);
    }
    fl_as_put_literal(out, "]}");
}
#include "uninstrumented_end.h"
#endif
