/* SPDX-License-Identifier: Apache-2.0
 *
 * Why it died, as far as the process itself can say: the runtime's message, glibc's, or the signal decoded.
 * Written by the reporting thread into static memory. */
#pragma once
#ifdef __linux__
#include "faultline_crash.h"
#include "unwind.h"
#include <signal.h>

/* si_addr means something for faults that the kernel raised itself. */
bool fl_as_has_fault_address(int signal, const siginfo_t *info);
/* ,"exception":{"values":[{"type":…,"value":…,"mechanism":{…,"meta":{…} — left open there: the caller adds the
 * mechanism's data and the stack. */
void fl_as_put_reason(fl_as_buffer *out, int signal, const siginfo_t *info, const fl_as_registers *registers,
                      int thread);
#endif
