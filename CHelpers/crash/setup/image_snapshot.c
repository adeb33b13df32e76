/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "image_snapshot.h"
#include "../handler/crash_state.h"
#include "../handler/images.h"
#include <link.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A table that was published may be in a handler's hands; it is written again two snapshots later, and no snapshot
 * begins once a handler has claimed the report. */
static fl_images *tables[2];
static int next_table;
static unsigned long long seen_adds, seen_subs;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

typedef struct {
    fl_images *images;
    bool first; /* the executable comes first, without a name */
    unsigned long long adds, subs;
} visit;

static uint32_t keep_name(fl_images *images, const char *name, size_t length) {
    if (length + 1 > FL_IMAGE_NAMES_MAX - images->names_used) return 0; /* offset 0 is the empty name */
    uint32_t at = images->names_used;
    memcpy(images->names + at, name, length);
    images->names[at + length] = 0;
    images->names_used += (uint32_t)length + 1;
    return at;
}

static uint32_t keep_executable_name(fl_images *images) {
    static const char deleted[] = " (deleted)"; /* proc(5), /proc/pid/exe */
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0) return 0;
    size_t n = (size_t)length, tail = sizeof deleted - 1;
    if (n > tail && memcmp(path + n - tail, deleted, tail) == 0) n -= tail;
    return keep_name(images, path, n);
}

/* The note named "GNU" of type 3 in a PT_NOTE segment (elf(5)). */
static void find_build_id(const uint8_t *notes, size_t size, fl_image *image) {
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, notes, sizeof note);
        size_t name = (note.n_namesz + 3u) & ~3u, description = (note.n_descsz + 3u) & ~3u;
        if (name > size || description > size || sizeof note + name + description > size) return;
        const uint8_t *text = notes + sizeof note;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(text, "GNU", 4) == 0) {
            size_t length = note.n_descsz < FL_BUILD_ID_MAX ? note.n_descsz : FL_BUILD_ID_MAX;
            memcpy(image->build_id, text + name, length);
            image->build_id_length = (uint8_t)length;
            return;
        }
        notes += sizeof note + name + description;
        size -= sizeof note + name + description;
    }
}

static int add_image(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    visit *state = argument;
    fl_images *images = state->images;
    bool executable = state->first;
    state->first = false;
    state->adds = info->dlpi_adds;
    state->subs = info->dlpi_subs;
    if (images->count == FL_IMAGES_MAX) {
        images->left_out++;
        return 0;
    }
    fl_image image = {.low = UINT64_MAX, .bias = info->dlpi_addr};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uint64_t address = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD) {
            if (address < image.low) image.low = address;
            if (address + header->p_memsz > image.high) image.high = address + header->p_memsz;
        }
        if (header->p_type == PT_GNU_EH_FRAME) image.eh_frame_hdr = address;
        if (header->p_type == PT_NOTE && !image.build_id_length)
            find_build_id((const uint8_t *)(uintptr_t)address, header->p_memsz, &image);
    }
    if (image.high <= image.low) return 0;
    image.name =
        executable ? keep_executable_name(images) : keep_name(images, info->dlpi_name, strlen(info->dlpi_name));
    images->image[images->count++] = image;
    return 0;
}

static int read_counters(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    visit *state = argument;
    state->adds = info->dlpi_adds;
    state->subs = info->dlpi_subs;
    return 1; /* they stand in every entry */
}

static fl_images *fresh_table(void) {
    fl_images **place = &tables[next_table];
    if (!*place) {
        void *memory =
            mmap(NULL, sizeof(fl_images), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) return NULL;
        *place = memory;
    }
    next_table = !next_table;
    (*place)->count = (*place)->left_out = 0;
    (*place)->names_used = 1;
    return *place;
}

/* Another thread of the parent may have held it. */
static void open_in_child(void) {
    static const pthread_mutex_t open = PTHREAD_MUTEX_INITIALIZER;
    mutex = open;
    /* In the middle of a snapshot it may already name the one that is in use. */
    next_table = tables[0] && __atomic_load_n(&fl_as_images, __ATOMIC_RELAXED) == tables[0];
}

static void watch_forks(void) { pthread_atfork(NULL, NULL, open_in_child); }

static void lock(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&mutex);
}

/* Not while a crash is reported: of two more snapshots the second would change the table that the handler reads. */
static bool take(void) {
    visit state = {.first = true};
    if (__atomic_load_n(&fl_as_state.owner, __ATOMIC_ACQUIRE)) return false;
    dl_iterate_phdr(read_counters, &state);
    bool stale = !fl_as_images || state.adds != seen_adds || state.subs != seen_subs;
    state.images = stale ? fresh_table() : NULL;
    if (state.images) {
        dl_iterate_phdr(add_image, &state);
        seen_adds = state.adds;
        seen_subs = state.subs;
        __atomic_store_n(&fl_as_images, state.images, __ATOMIC_RELEASE);
    }
    return state.images != NULL;
}

bool fl_image_snapshot_take(void) {
    lock();
    bool taken = take();
    pthread_mutex_unlock(&mutex);
    return taken;
}

void fl_live_images(fl_as_buffer scratch, void *context,
                    void (*body)(void *context, uint64_t low, uint64_t high, const uint8_t *json, size_t length)) {
    lock();
    take();
    const fl_images *images = fl_as_images;
    for (uint32_t i = 0; images && i < images->count; i++) {
        fl_as_buffer text = scratch;
        fl_as_put_image(&text, images, &images->image[i]);
        if (!text.full)
            body(context, images->image[i].low, images->image[i].high, text.start, (size_t)(text.at - text.start));
    }
    pthread_mutex_unlock(&mutex);
}
#endif
