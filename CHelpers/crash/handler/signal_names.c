/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#define _GNU_SOURCE
#include "uninstrumented_begin.h"

#include "signal_names.h"
#include <signal.h>
#include <stddef.h>

const fl_as_signal_name fl_as_fatal_signals[] = {
    {SIGSEGV, "SIGSEGV", "Segmentation fault"},
    {SIGBUS, "SIGBUS", "Bus error"},
    {SIGILL, "SIGILL", "Illegal instruction"},
    {SIGTRAP, "SIGTRAP", "Trap"},
    {SIGABRT, "SIGABRT", "Aborted"},
    {SIGFPE, "SIGFPE", "Arithmetic exception"},
    {SIGSYS, "SIGSYS", "Bad system call"},
    {0, "", ""},
};

uint64_t fl_as_fatal_signal_bits(void) {
    uint64_t bits = 0;
    for (const fl_as_signal_name *fatal = fl_as_fatal_signals; fatal->number; fatal++)
        bits |= fl_as_signal_bit(fatal->number);
    return bits;
}

const fl_as_signal_name *fl_as_signal_named(int signal) {
    const fl_as_signal_name *entry = fl_as_fatal_signals;
    while (entry->number && entry->number != signal) entry++;
    return entry;
}

static const struct {
    short signal; /* 0: any */
    short code;
    const char *name;
} codes[] = {
    {SIGSEGV, 1, "SEGV_MAPERR"}, {SIGSEGV, 2, "SEGV_ACCERR"}, {SIGSEGV, 3, "SEGV_BNDERR"}, {SIGSEGV, 4, "SEGV_PKUERR"},
    {SIGBUS, 1, "BUS_ADRALN"},   {SIGBUS, 2, "BUS_ADRERR"},   {SIGBUS, 3, "BUS_OBJERR"},   {SIGBUS, 4, "BUS_MCEERR_AR"},
    {SIGILL, 1, "ILL_ILLOPC"},   {SIGILL, 2, "ILL_ILLOPN"},   {SIGILL, 3, "ILL_ILLADR"},   {SIGILL, 4, "ILL_ILLTRP"},
    {SIGILL, 5, "ILL_PRVOPC"},   {SIGILL, 6, "ILL_PRVREG"},   {SIGILL, 7, "ILL_COPROC"},   {SIGILL, 8, "ILL_BADSTK"},
    {SIGFPE, 1, "FPE_INTDIV"},   {SIGFPE, 2, "FPE_INTOVF"},   {SIGFPE, 3, "FPE_FLTDIV"},   {SIGFPE, 4, "FPE_FLTOVF"},
    {SIGFPE, 5, "FPE_FLTUND"},   {SIGFPE, 6, "FPE_FLTRES"},   {SIGFPE, 7, "FPE_FLTINV"},   {SIGFPE, 8, "FPE_FLTSUB"},
    {SIGTRAP, 1, "TRAP_BRKPT"},  {SIGTRAP, 2, "TRAP_TRACE"},  {SIGTRAP, 3, "TRAP_BRANCH"}, {SIGTRAP, 4, "TRAP_HWBKPT"},
    {SIGSYS, 1, "SYS_SECCOMP"},  {0, 0, "SI_USER"},           {0, 0x80, "SI_KERNEL"},      {0, -1, "SI_QUEUE"},
    {0, -2, "SI_TIMER"},         {0, -6, "SI_TKILL"},
};

const char *fl_as_code_name(int signal, int code) {
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code && (codes[i].signal == signal || codes[i].signal == 0)) return codes[i].name;
    return "";
}
#include "uninstrumented_end.h"
#endif
