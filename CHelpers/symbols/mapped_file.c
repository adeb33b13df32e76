/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a file's bytes are: mapped, or in this process already. */
#ifdef __linux__
#define _GNU_SOURCE
#include "elf_image.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool fl_map(const char *path, const fl_symbols_guard *guard, fl_bytes *out, int64_t *written) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block */
    if (file < 0) return false;
    struct stat status;
    void *map = MAP_FAILED;
    if (fstat(file, &status) == 0) {
        if (!S_ISREG(status.st_mode)) errno = EINVAL;
        else if (status.st_size == 0) errno = ENODATA;
        else map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    int error = errno;
    close(file);
    errno = error;
    if (map == MAP_FAILED) return false;
    if (guard->begin && !guard->begin(map, (size_t)status.st_size)) {
        munmap(map, (size_t)status.st_size);
        errno = EBUSY;
        return false;
    }
    *out = (fl_bytes){map, (size_t)status.st_size};
    if (written) *written = status.st_mtim.tv_sec;
    return true;
}

void fl_unmap(fl_bytes file, const fl_symbols_guard *guard) {
    /* In this order: else another mapping may lie there, and be guarded. */
    if (guard->begin) guard->end(file.start);
    munmap((void *)(uintptr_t)file.start, file.length);
}

bool fl_map_file(fl_symbols *symbols, const char *path) {
    symbols->is_mapped = fl_map(path, &symbols->guard, &symbols->file, &symbols->written);
    return symbols->is_mapped;
}

void fl_unmap_file(fl_symbols *symbols) {
    if (symbols->is_mapped) fl_unmap(symbols->file, &symbols->guard);
}

/* A private mapping that nobody has written to: what is dropped is read again (madvise(2)). */
void fl_let_pages_go(const fl_symbols *symbols) {
    if (symbols->is_mapped) madvise((void *)(uintptr_t)symbols->file.start, symbols->file.length, MADV_DONTNEED);
}

enum { MAX_VDSO = 1 << 20 };

/* The kernel maps the whole file (Documentation/ABI/stable/vdso of Linux); its section headers come last in it. */
bool fl_find_vdso(fl_symbols *symbols) {
    const uint8_t *start = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
    Elf64_Ehdr header;
    if (!start) {
        errno = ENOENT;
        return false;
    }
    memcpy(&header, start, sizeof header);
    uint64_t length = header.e_shoff + (uint64_t)header.e_shnum * header.e_shentsize;
    /* Whether that is all there: mincore(2) fails with ENOMEM where nothing is mapped. */
    static const uint64_t page = 4096; /* no page is smaller */
    unsigned char resident[MAX_VDSO / 4096];
    if (header.e_shoff < sizeof header || length > MAX_VDSO) errno = EINVAL;
    else if (mincore((void *)(uintptr_t)start, (length + page - 1) / page * page, resident) == 0) {
        symbols->file = (fl_bytes){start, length};
        return true;
    }
    return false;
}
#endif
