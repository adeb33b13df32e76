/* SPDX-License-Identifier: Apache-2.0
 *
 * What the driver does with victims: starts them, awaits their death, looks into them. Linux only.
 *
 * Ownership: `driver_start` fills a driver_process, `driver_end` frees what it holds; one thread. A victim that is
 * still alive at `driver_end` is killed. Functions answer 0, or an errno where they could not do what they say. */
#pragma once
#include "victim.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    pid_t id;
    int watch; /* becomes readable at the death: pidfd_open(2) */
    int ready, go;
    victim_page *page;
} driver_process;

/* Starts a program with the page and the pipes. `arguments` and `environment` end with NULL; its output goes into the
 * file `output`. */
int driver_start(const char *const *arguments, const char *const *environment, const char *output,
                 driver_process *process);
/* Until the victim is about to crash. ETIMEDOUT after `seconds`, ECHILD when it has ended instead. */
int driver_await_ready(const driver_process *process, int seconds);
/* Lets it crash. */
int driver_go(const driver_process *process);
void driver_end(driver_process *process);

typedef struct {
    int status;             /* as waitpid(2) has it */
    uint64_t death_time;    /* when waitpid returned */
    uint64_t envelope_time; /* when the last was written to the crash file; 0: nobody looked, or there is none */
} driver_death;

/* `directory`: of the run, in which the crash file lies; NULL: do not look. Watched before the victim goes on.
 * ETIMEDOUT after `seconds`. */
int driver_go_and_await_death(driver_process *process, const char *directory, int seconds, driver_death *death);

/* A system call by one thread or many, between the fault and the death. */
typedef struct {
    int number;
    uint32_t by_reporter, by_others; /* times */
} driver_call;

enum { DRIVER_CALLS_MAX = 64 };
typedef struct {
    driver_call call[DRIVER_CALLS_MAX];
    uint32_t count;
    uint32_t faults; /* signals that the faulting thread got, the first and the last included */
} driver_calls;

/* Lets the victim crash under ptrace(2), and counts. */
int driver_count_calls(driver_process *process, driver_calls *calls);
/* Lets the victim crash under ptrace(2), and goes through its handler instruction by instruction, until it has left the
 * stack that it began on: the bytes of it that were used below the kernel's frame. Then kills it. */
int driver_measure_stack(driver_process *process, uint64_t *bytes, uint64_t *instructions);

/* "write", or NULL for one that has no name here. */
const char *driver_call_name(int number);
