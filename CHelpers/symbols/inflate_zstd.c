/* SPDX-License-Identifier: Apache-2.0
 *
 * Sections compressed by zstd, where the machine has libzstd. Its headers are not needed: what is used of it has been
 * stable since 1.4.0 (facebook.github.io/zstd/doc/api_manual_latest.html). */
#ifdef __linux__
#include "elf_image.h"
#include <dlfcn.h>

typedef struct {
    const void *bytes;
    size_t size, at;
} fl_zstd_input;

typedef struct {
    void *bytes;
    size_t size, at;
} fl_zstd_output;

typedef struct {
    void *(*create)(void);
    size_t (*destroy)(void *stream);
    size_t (*set_parameter)(void *stream, int parameter, int value);
    size_t (*decompress)(void *stream, fl_zstd_output *output, fl_zstd_input *input);
    unsigned (*is_error)(size_t result);
} fl_zstd;

enum {
    WINDOW_LOG_MAX = 100, /* ZSTD_d_windowLogMax */
    LARGEST_WINDOW = 26,  /* 64 MiB, which the library takes beside our own; linkers' levels need 8 MiB at most */
    PIECE = 1 << 20,
};

static bool load(void *library, fl_zstd *out) {
    return fl_library_find(library, "ZSTD_createDStream", &out->create) &&
           fl_library_find(library, "ZSTD_freeDStream", &out->destroy) &&
           fl_library_find(library, "ZSTD_DCtx_setParameter", &out->set_parameter) &&
           fl_library_find(library, "ZSTD_decompressStream", &out->decompress) &&
           fl_library_find(library, "ZSTD_isError", &out->is_error);
}

/* In pieces: the clock is read between them. */
static bool unpack(const fl_zstd *zstd, void *stream, fl_bytes packed, uint8_t *bytes, size_t length,
                   fl_deadline *deadline) {
    fl_zstd_input input = {packed.start, 0, 0};
    fl_zstd_output output = {bytes, 0, 0};
    size_t result = 1; /* 0: a frame is complete */
    bool moves = true;
    while (moves && (result || input.at < packed.length) && !fl_is_past(deadline)) {
        size_t left = packed.length - input.size, room = length - output.size;
        if (input.at == input.size) input.size += left < PIECE ? left : PIECE;
        if (output.at == output.size) output.size += room < PIECE ? room : PIECE;
        size_t before = input.at + output.at;
        result = zstd->decompress(stream, &output, &input);
        if (zstd->is_error(result)) return false;
        moves = input.at + output.at > before;
    }
    return !result && output.at == length && input.at == packed.length;
}

bool fl_unpack_zstd(fl_bytes packed, uint8_t *out, size_t length, fl_deadline *deadline) {
    fl_zstd zstd;
    void *library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL); /* no static executable comes here: libelf_table.c */
    if (!library) return false;
    void *stream = load(library, &zstd) ? zstd.create() : NULL;
    bool whole = false;
    if (stream) {
        whole = !zstd.is_error(zstd.set_parameter(stream, WINDOW_LOG_MAX, LARGEST_WINDOW)) &&
                unpack(&zstd, stream, packed, out, length, deadline);
        zstd.destroy(stream);
    }
    dlclose(library);
    return whole;
}
#endif
