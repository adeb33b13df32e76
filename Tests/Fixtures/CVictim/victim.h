/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the C victim share. A function that is to be seen on a stack is ALONE, and has callers and callees
 * that do not return: no compiler makes a jump of the call. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define ALONE __attribute__((noinline))
/* Behind the last call of a function: it is no tail call then. */
#define STAY __asm__ volatile("" ::: "memory")

enum {
    VICTIM_NOWHERE = 16,      /* an address that is never mapped */
    VICTIM_WILD = 0x12345678, /* likewise, and of no code */
    VICTIM_WAITING = 8,       /* threads that are asleep while another one crashes */
    VICTIM_DEPTH = 1000,      /* of the deep recursion */
};
/* In every register that can be spared, plus the register's DWARF number. */
#define VICTIM_WITNESS 0x00c0ffee00000000

typedef struct {
    const char *name;
    void (*before)(void); /* before the handlers are installed; NULL: nothing */
    void (*die)(void);
} victim_death;
/* The last one has no name. */
extern const victim_death victim_deaths[];

/* Writes to VICTIM_NOWHERE. */
void crash(void);
/* signed.c: through functions whose return addresses are signed. */
void die_signed(void);
/* undescribed.c: in functions without call frame information. */
void die_with_frame_pointers(void);
void die_in_frameless(void);
/* marked.c: through a frame as Swift's async functions have it. */
void die_in_marked(void);
/* hard.c: through call frame information that only libunwind understands. */
void die_in_hard(void);
