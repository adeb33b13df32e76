/* SPDX-License-Identifier: Apache-2.0
 * Functions inlined into functions, one of them in two pieces; linked without a library, so that the file is tiny. */
struct point {
    int x, y;
};

static inline __attribute__((always_inline)) int product(const struct point *point) { return point->x * point->y; }

static inline __attribute__((always_inline)) int larger(const struct point *a, const struct point *b) {
    int of_a = product(a), of_b = product(b);
    return of_a > of_b ? of_a : of_b;
}

__attribute__((noinline)) int first(const struct point *points, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
        int found = larger(&points[i - 1], &points[i]);
        if (__builtin_expect(found < 0, 0)) __builtin_trap();
        best = found > best ? found : best;
    }
    return best;
}

__attribute__((section(".text.elsewhere"))) int second(struct point *point) {
    point->x = product(point);
    return first(point, 1) + larger(point, point);
}

int _start(struct point *points) { return first(points, 3) + second(points); }
