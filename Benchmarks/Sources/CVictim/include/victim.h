/* SPDX-License-Identifier: Apache-2.0
 *
 * A victim: a process that the driver starts, and that dies by a fault among its threads.
 *
 * Ownership and phase. The driver makes the page (a memory file) and two pipes, and starts the victim with them as
 * descriptors 3 to 5. The victim writes the page until its death, the driver reads it after. All functions are for the
 * victim's main thread. Units: times are nanoseconds of CLOCK_MONOTONIC, which is one clock for all processes. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { VICTIM_PAGE = 3, VICTIM_READY = 4, VICTIM_GO = 5 };

/* Each thread rests, burns or faults this many calls deep, as a thread of a service does. The innermost is the caller
 * of poll(2) or of the C library's waiting: none of both keeps a frame pointer, so that a walk along frame pointers
 * misses it, and a stack with all of these calls was walked by call frame information. */
enum { VICTIM_DEPTH = 12 };

typedef struct {
    uint64_t fault_time;            /* taken right before the faulting store */
    uint64_t load_time, start_time; /* how long: loading the libraries, starting the SDK */
    uint64_t code_begin, code_end;  /* in which those calls stand */
    uint32_t libraries;             /* that were loaded */
} victim_page;

uint64_t victim_clock(void);
/* Maps the page, for the process's life; ends the process when there is none. First of all calls. */
victim_page *victim_open(void);
/* Loads each library of a directory. */
void victim_load(const char *directory);
/* Starts `count` threads, of which `burners` compute for ever, spread evenly; of the others one half sleeps in poll(2),
 * one half on a mutex. Returns when the kernel says that every thread of the process but the caller and the burners is
 * asleep, those that a library has started included, and when the burners have begun. */
void victim_start_threads(int count, int burners);
/* Tells the driver, and waits for it; ends the process with status 0 when the driver hangs up. */
void victim_await_go(void);
/* Computes for a while, so that it is a thread like the others to the scheduler, then faults. Does not return. */
void victim_crash(void);
