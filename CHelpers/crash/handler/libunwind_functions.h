/* SPDX-License-Identifier: Apache-2.0
 *
 * libunwind as found at run time. Owner: setup/libunwind_loader.c, before the handlers are installed; never changed
 * after. `space` NULL: not there. The space is used by the reporting thread alone. */
#pragma once
#ifdef __linux__
#include <libunwind.h>

typedef struct {
    unw_addr_space_t space;
    int (*init_remote)(unw_cursor_t *cursor, unw_addr_space_t space, void *argument);
    int (*step)(unw_cursor_t *cursor);
    int (*get_register)(unw_cursor_t *cursor, unw_regnum_t number, unw_word_t *value);
    int (*search_unwind_table)(unw_addr_space_t space, unw_word_t pc, unw_dyn_info_t *table, unw_proc_info_t *out,
                               int need_unwind_info, void *argument);
} fl_libunwind_functions;

extern fl_libunwind_functions fl_as_libunwind;
extern unw_accessors_t fl_as_libunwind_accessors;
#endif
