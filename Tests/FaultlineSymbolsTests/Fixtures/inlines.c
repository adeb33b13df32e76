/* SPDX-License-Identifier: Apache-2.0
 *
 * Two levels of inlining, a loop, a file-local function and a macro: what a symbolizer must tell apart. */
#include <stdint.h>

#define SQUARE(x) ((x) * (x))

static inline __attribute__((always_inline)) uint64_t mix(uint64_t value) {
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdu;
    return value ^ (value >> 29);
}

static inline __attribute__((always_inline)) uint64_t mix_twice(uint64_t value) { return mix(mix(value) + 17); }

static __attribute__((noinline)) uint64_t local(uint64_t value) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < value; i++) {
        sum += mix_twice(i) ^ SQUARE(i);
        if (sum % 7 == 0) sum = mix(sum);
    }
    return sum;
}

uint64_t entry(uint64_t value) {
    uint64_t result = local(value);
    return mix_twice(result) + local(result % 100);
}

int main(int count, char **arguments) {
    (void)arguments;
    return (int)(entry((uint64_t)count) & 1);
}
