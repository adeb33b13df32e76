/* SPDX-License-Identifier: Apache-2.0
 *
 * Adds up what sampler.c has counted.
 *
 *     sum judge STEPS FILE…      one line of figures, then steps that were not taken alike; status 1 when less than
 *                                99.9 % agree, or fewer than STEPS were taken
 *     sum falsified FILE…        the same line; status 1 unless every altered step was seen, and `judge` would fail
 *     sum steps FILE…            how many they are, also while they are counted
 *     sum unseen FILE…           the files in which no fatal signal was counted, one a line
 */
#include "agreement.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_counts(const char *path, agreement *out) {
    FILE *file = fopen(path, "rb");
    bool whole = file && fread(out, sizeof *out, 1, file) == 1;
    if (!whole) fprintf(stderr, "sum: no counts in %s\n", path);
    if (file) fclose(file);
    return whole;
}

static uint64_t steps_of(const agreement *counts) {
    return counts->agreed + counts->disagreed + counts->only_libunwind + counts->only_own;
}

static void add(agreement *sum, const agreement *counts) {
    sum->walks += counts->walks;
    sum->at_fault += counts->at_fault;
    sum->skipped += counts->skipped;
    sum->agreed += counts->agreed;
    sum->disagreed += counts->disagreed;
    sum->only_libunwind += counts->only_libunwind;
    sum->only_own += counts->only_own;
    sum->neither += counts->neither;
    sum->falsified += counts->falsified;
    for (unsigned i = 0; i < sizeof sum->place; i++) sum->place[i] |= counts->place[i];
}

/* Not rounded up: 100 % is all of them. */
static void print_line(const agreement *sum) {
    unsigned places = 0;
    for (unsigned i = 0; i < sizeof sum->place; i++) places += (unsigned)__builtin_popcount(sum->place[i]);
    uint64_t steps = steps_of(sum), share = steps ? (uint64_t)((unsigned __int128)sum->agreed * 1000000 / steps) : 0;
    printf("%" PRIu64 " steps from %u places in %" PRIu64 " stacks (%" PRIu64 " at a fatal signal), %" PRIu64
           ".%04" PRIu64 " %% agree; %" PRIu64 " disagree, %" PRIu64 " only by libunwind, %" PRIu64
           " only by ours; %" PRIu64 " without call frame information",
           steps, places, sum->walks, sum->at_fault, share / 10000, share % 10000, sum->disagreed, sum->only_libunwind,
           sum->only_own, sum->neither);
    if (sum->falsified) printf("; %" PRIu64 " falsified", sum->falsified);
    if (sum->skipped) printf("; %" PRIu64 " samples left out", sum->skipped);
    printf("\n");
}

static void print_records(const agreement *counts) {
    static const char *const names[] = {"a caller", "the end", "nothing", "too hard"};
    for (uint64_t i = 0; i < counts->recorded && i < RECORDS_MAX; i++) {
        const agreement_record *record = &counts->record[i];
        printf("    %.*s+0x%" PRIx64 ": ours %s, its memo %s, libunwind %s", IMAGE_NAME_MAX, record->image,
               record->address, names[record->own % 4], names[record->memo % 4], names[record->libunwind % 4]);
        if (record->registers) printf("; DWARF registers");
        for (unsigned number = 0; number < 64; number++)
            if (record->registers >> number & 1) printf(" %u", number);
        printf("%s\n", record->registers ? " differ" : "");
    }
}

/* At least 99.9 %. */
static bool is_enough(const agreement *sum, uint64_t minimum) {
    uint64_t steps = steps_of(sum);
    return steps > 0 && steps >= minimum && (steps - sum->agreed) * 1000 <= steps;
}

int main(int count, char **arguments) {
    const char *task = count > 1 ? arguments[1] : "";
    bool judges = strcmp(task, "judge") == 0, unseen = strcmp(task, "unseen") == 0, steps = strcmp(task, "steps") == 0;
    int first = judges ? 3 : 2;
    if ((!judges && !unseen && !steps && strcmp(task, "falsified") != 0) || count <= first) {
        fprintf(stderr, "usage: sum judge STEPS FILE… | sum falsified|steps|unseen FILE…\n");
        return 64;
    }
    static agreement sum, counts;
    for (int i = first; i < count; i++) {
        if (!read_counts(arguments[i], &counts)) return 1;
        if (unseen && counts.at_fault == 0) puts(arguments[i]);
        add(&sum, &counts);
    }
    if (steps) printf("%" PRIu64 "\n", steps_of(&sum));
    if (unseen || steps) return 0;
    print_line(&sum);
    bool enough = is_enough(&sum, judges ? strtoull(arguments[2], NULL, 10) : 0);
    if (!judges) return sum.falsified == 0 || sum.disagreed < sum.falsified || enough;
    for (int i = first; i < count; i++)
        if (read_counts(arguments[i], &counts)) print_records(&counts);
    return enough ? 0 : 1;
}
