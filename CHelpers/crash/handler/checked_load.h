/* SPDX-License-Identifier: Apache-2.0
 *
 * The one way to read memory of the crashed program. One labelled load: when it faults, our SEGV/BUS handler moves the
 * program counter to the failure return. No system call, so nothing for a seccomp filter to forbid.
 * Works only while our handlers are installed and those two signals are not blocked on the calling thread. */
#pragma once
#ifdef __linux__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

bool fl_as_load(uint64_t address, uint64_t *value);
/* Copies up to `length` bytes, byte order kept; returns how many could be read. */
size_t fl_as_load_bytes(uint64_t address, void *out, size_t length);
/* As fl_as_load_bytes, up to the first NUL; always terminated. Returns the length. */
size_t fl_as_load_string(uint64_t address, char *out, size_t capacity);
/* true when the fault described by `context` is that of fl_as_load: the context then continues at its failure. */
bool fl_as_load_recovers(ucontext_t *context);
#endif
