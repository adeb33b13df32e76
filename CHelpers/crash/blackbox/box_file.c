/* SPDX-License-Identifier: Apache-2.0
 *
 * Moving the box into a file and back. All writers wait meanwhile; readers see the same bytes before and after. The new
 * memory is filled elsewhere and then moved over the old by mremap(2), so that no address changes and no step can fail
 * half-way. Only what was ever used is copied. */
#define _GNU_SOURCE
#include "box.h"
#include <errno.h>
#ifdef __linux__
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

/* Takes bytes of the file part from `offset` on. false: errno says why. */
typedef bool taker(void *context, uint64_t offset, size_t length);

static bool take_used_items(int c, taker *take, void *context) {
    uint32_t count = fl_items_used_in_file(c), size = fl_item_size(c), run = 0;
    for (uint32_t number = 0; number <= count; number++) {
        /* Slots and chunks begin with their generation: 0 in those that never lived, which are all zeros. */
        if (number < count && *(const uint32_t *)fl_item(c, number) != 0) run++;
        else if (run) {
            uint64_t offset = fl_box.classes[c].file_offset + (uint64_t)(number - run) * size;
            if (!take(context, offset, (size_t)run * size)) return false;
            run = 0;
        }
    }
    return true;
}

/* Everything but the magic. */
static bool take_used_parts(taker *take, void *context) {
    size_t magic = sizeof((fl_box_header *)0)->magic;
    if (!take(context, magic, FL_BOX_HEADER_SIZE - magic)) return false;
    for (int c = 0; c < FL_BOX_CLASSES; c++)
        if (!take_used_items(c, take, context)) return false;
    return true;
}

static bool write_all(int descriptor, const uint8_t *bytes, size_t length, uint64_t offset) {
    while (length) {
        ssize_t written = pwrite(descriptor, bytes, length, (off_t)offset);
        if (written < 0 && errno == EINTR) continue;
        if (written == 0) errno = EIO;
        if (written <= 0) return false;
        bytes += written;
        offset += (uint64_t)written;
        length -= (size_t)written;
    }
    return true;
}

/* By pwrite, not through the mapping: an error is then an error and no SIGBUS. */
static bool take_into_file(void *descriptor, uint64_t offset, size_t length) {
    return write_all(*(int *)descriptor, fl_box.base + offset, length, offset);
}

static bool take_into_memory(void *memory, uint64_t offset, size_t length) {
    memcpy((uint8_t *)memory + offset, fl_box.base + offset, length);
    return true;
}

/* Else a full disk would be a SIGBUS in a setter. 0 or errno. */
static int preallocate(int descriptor, size_t size) {
    static const uint8_t zeros[16 * FL_BOX_PAGE];
    int error = posix_fallocate(descriptor, 0, (off_t)size);
    if (error != EOPNOTSUPP && error != EINVAL) return error; /* musl tells; glibc writes by itself */
    for (size_t at = 0; at < size; at += sizeof zeros) {
        size_t length = size - at < sizeof zeros ? size - at : sizeof zeros;
        if (!write_all(descriptor, zeros, length, at)) return errno;
    }
    return 0;
}

/* 0, or errno and nothing changed. */
static int put_in_place(void *mapping) {
    void *moved = mremap(mapping, fl_box.file_part, fl_box.file_part, MREMAP_MAYMOVE | MREMAP_FIXED, fl_box.base);
    return moved == MAP_FAILED ? errno : 0;
}

/* With the box's lock held. */
static int move_into_file(int descriptor) {
    size_t size = fl_box.file_part;
    int error = preallocate(descriptor, size);
    if (error) return error;
    void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapping == MAP_FAILED) return errno;
    fl_box_identify(fl_box_header_of(fl_box.base));
    fl_box_stop_writers();
    if (!take_used_parts(take_into_file, &descriptor)) error = errno;
    /* Zeros, it is a box without scopes: nothing to find for anybody. */
    if (!error && !fl_as_guard_begin(fl_box.base, size)) error = EBUSY;
    if (!error && (error = put_in_place(mapping)) != 0) fl_as_guard_end(fl_box.base);
    if (error) munmap(mapping, size);
    else {
        __atomic_thread_fence(__ATOMIC_RELEASE);
        memcpy(fl_box_header_of(fl_box.base)->magic, FL_BOX_MAGIC, sizeof((fl_box_header *)0)->magic);
        fl_box.in_file = true;
    }
    fl_box_resume_writers();
    return error;
}

int fl_box_attach(int descriptor, size_t file_size) {
    if (!fl_box_open()) return ENOMEM;
    if (file_size < fl_box.file_part) return EINVAL;
    fl_lock(&fl_box.lock);
    int error = fl_box.in_file ? EALREADY : move_into_file(descriptor);
    fl_unlock(&fl_box.lock);
    return error;
}

/* When there is no memory for a copy, the box stays in its file, which goes on to work after it was unlinked. */
static void move_into_memory(void) {
    size_t size = fl_box.file_part;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    madvise(memory, size, MADV_NOHUGEPAGE);
    fl_box_stop_writers();
    take_used_parts(take_into_memory, memory);
    memcpy(fl_box_header_of(memory)->magic, FL_BOX_MAGIC, sizeof((fl_box_header *)0)->magic);
    if (put_in_place(memory) == 0) {
        fl_box.in_file = false;
        fl_as_guard_end(fl_box.base);
    } else {
        munmap(memory, size);
    }
    fl_box_resume_writers();
}

void fl_box_detach(void) {
    if (!fl_box_is_ready()) return;
    fl_lock(&fl_box.lock);
    if (fl_box.in_file) move_into_memory();
    fl_unlock(&fl_box.lock);
}

#else
int fl_box_attach(int descriptor, size_t file_size) {
    (void)descriptor, (void)file_size;
    return ENOTSUP;
}

void fl_box_detach(void) {}
#endif
