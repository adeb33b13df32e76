/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Calls `at_each` with the ucontext_t of each instruction that the calling thread, the main one, has not executed
 * before, for `instructions` in all. Nobody else can handle SIGTRAP from now on. */
void single_step(uint64_t instructions, bool (*at_each)(const void *context));

/* Of sampler.c. */
void install_handler(int signal, void (*handler)(int, siginfo_t *, void *));
