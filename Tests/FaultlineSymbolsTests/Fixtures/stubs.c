/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls through stubs of the linkage table: of other libraries, and of a function that is chosen at start. */
int first(int);
int second(int);
int third(int);

static volatile int wanted;
static int one(int n) { return n + 1; }
static int two(int n) { return n + 2; }
static int (*choose(void))(int) { return wanted ? one : two; }
int chosen(int) __attribute__((ifunc("choose"), visibility("hidden")));

int (*taken(void))(int);
int (*taken(void))(int) { return third; } /* and called: a slot that is not bound lazily */

int calls(int);
int calls(int n) { return first(n) + second(n) + third(n) + chosen(n) + first(n + 1); }
