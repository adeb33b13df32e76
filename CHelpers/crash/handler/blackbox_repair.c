/* SPDX-License-Identifier: Apache-2.0 */
#include "uninstrumented_begin.h"

#include "blackbox_format.h"

size_t fl_as_live_box_file;

#ifdef __linux__
#define _GNU_SOURCE
#include "blackbox_repair.h"
#include "syscalls.h"

/* All zero, the memory is a box without scopes: setters find no scope of theirs, readers nothing to read. */
bool fl_as_box_repairs(int signal, const siginfo_t *info) {
    size_t size = __atomic_load_n(&fl_as_live_box_file, __ATOMIC_ACQUIRE);
    uintptr_t base = (uintptr_t)fl_as_box_live().base, address = (uintptr_t)info->si_addr;
    if (signal != SIGBUS || (info->si_code != BUS_ADRERR && info->si_code != BUS_OBJERR) || !size || address < base ||
        address - base >= size)
        return false;
    return fl_as_map_over((void *)base, size) == (long)base;
}
#endif
#include "uninstrumented_end.h"
