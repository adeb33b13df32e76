/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "libunwind_loader.h"
#include "../handler/libunwind_functions.h"
#include "../handler/unwind.h"
#include <dlfcn.h>
#include <sys/auxv.h>
#include <ucontext.h>

/* The library for one architecture exports neither _Unwind_* nor backtrace. It needs libunwind.so.8, which exports both
 * and is loaded with it: RTLD_LOCAL keeps the process from binding to them (tools/check-bindings). Its functions carry
 * the architecture in their names. */
#if defined(__x86_64__)
#define LIBRARY        "libunwind-x86_64.so.8"
#define NAME(function) "_Ux86_64_" function
#else
#define LIBRARY        "libunwind-aarch64.so.8"
#define NAME(function) "_Uaarch64_" function
#endif

/* Its pools of memory are mapped when they are first used: not at the crash. */
static void walk_once(void) {
    enum { STEPS = 16 };
    static fl_as_frame here, frame;
    ucontext_t context;
    getcontext(&context);
    fl_as_registers_of(&context, &here.registers);
    here.known = FL_KNOWN_ALL;
    here.exact = true;
    frame = here;
    if (!fl_as_libunwind_begin(&here)) return;
    for (int i = 0; i < STEPS && fl_as_libunwind_step(&frame) == FL_STEP_CALLER;) i++;
}

bool fl_libunwind_load(void) {
    if (fl_as_libunwind.space) return true;
    /* A static executable has no loader: dlopen would bring a second libc along, and one of another version may crash
     * (https://sourceware.org/glibc/wiki/FAQ). Our own reader knows as much. AT_BASE: ld.so's address, getauxval(3). */
    if (!getauxval(AT_BASE)) return false;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    unw_addr_space_t (*create)(unw_accessors_t *, int) =
        (unw_addr_space_t(*)(unw_accessors_t *, int))dlsym(library, NAME("create_addr_space"));
    int (*set_caching)(unw_addr_space_t, unw_caching_policy_t) =
        (int (*)(unw_addr_space_t, unw_caching_policy_t))dlsym(library, NAME("set_caching_policy"));
    fl_libunwind_functions found = {
        .init_remote = (int (*)(unw_cursor_t *, unw_addr_space_t, void *))dlsym(library, NAME("init_remote")),
        .step = (int (*)(unw_cursor_t *))dlsym(library, NAME("step")),
        .get_register = (int (*)(unw_cursor_t *, unw_regnum_t, unw_word_t *))dlsym(library, NAME("get_reg")),
        .search_unwind_table = (int (*)(unw_addr_space_t, unw_word_t, unw_dyn_info_t *, unw_proc_info_t *, int,
                                        void *))dlsym(library, NAME("dwarf_search_unwind_table")),
    };
    if (!create || !set_caching || !found.init_remote || !found.step || !found.get_register ||
        !found.search_unwind_table)
        return false;
    found.space = create(&fl_as_libunwind_accessors, 0);
    if (!found.space) return false;
    set_caching(found.space, UNW_CACHE_NONE); /* its cache works under a lock with every signal masked */
    fl_as_libunwind = found;
    walk_once();
    return true;
}
#endif
