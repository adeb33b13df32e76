/* SPDX-License-Identifier: Apache-2.0
 *
 * Images: a snapshot of what the loader has mapped.
 * Owner: setup/image_snapshot.c fills one of two tables and publishes it with a release store; a table is not changed
 * while it is the published one. Readers: the handler, from the published table only. Addresses are absolute. */
#pragma once
#ifdef __linux__
#include "faultline_crash.h"

enum { FL_IMAGES_MAX = 1024, FL_IMAGE_NAMES_MAX = 256 * 1024, FL_BUILD_ID_MAX = 32 };

typedef struct {
    uint64_t low, high;    /* of its loaded segments; high is exclusive */
    uint64_t bias;         /* what the loader added to the addresses in the file */
    uint64_t eh_frame_hdr; /* 0: none */
    uint32_t name;         /* offset in the names; NUL-terminated */
    uint8_t build_id_length;
    uint8_t build_id[FL_BUILD_ID_MAX];
} fl_image;

typedef struct {
    uint32_t count, left_out;
    uint32_t names_used;
    fl_image image[FL_IMAGES_MAX];
    char names[FL_IMAGE_NAMES_MAX];
} fl_images;

extern const fl_images *fl_as_images; /* NULL before the first snapshot; read with acquire */

const fl_image *fl_as_image_at(uint64_t address);
/* Adds what the loader has mapped since the snapshot: to a table of the reporting thread's, which it publishes. */
void fl_as_find_late_images(void);
/* One entry of the list below. */
void fl_as_put_image(fl_as_buffer *out, const fl_images *images, const fl_image *image);
/* "debug_meta":{"images":[…]}, preceded by a comma. `wanted` NULL: all of them. */
void fl_as_put_images(fl_as_buffer *out, bool (*wanted)(const fl_image *));
#endif
