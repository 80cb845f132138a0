/* init_mutants.c: known-wrong initialisers.
 *
 * Idea: one fill with a switch for every mistake; each row makes one. info.idea tells the
 *       misconception behind it. */
#include "check/mutants/init_mutants.h"

#include <math.h>

typedef enum {
    STD_FOR_BOUND, SLOPE_IGNORED, FAN_OUT_IGNORED, HALF_RANGE, DRAWN_BACKWARDS, TWO_DRAWS,
    GENERATOR_COPIED, ALL_ZERO
} mistake;

static double wrong_bound(mistake wrong, const init_shape *s)
{
    init_shape used = *s;

    if (wrong == SLOPE_IGNORED)
        used.slope = 0.0;
    if (wrong == FAN_OUT_IGNORED)
        used.fan_out = used.fan_in;
    return init_bound(&used) / (wrong == STD_FOR_BOUND ? sqrt(3.0) : 1.0);
}

static void wrong_fill(mistake wrong, const init_shape *s, rng *r, float *w)
{
    const float bound = (float)wrong_bound(wrong, s);
    rng copy = *r;
    rng *const from = wrong == GENERATOR_COPIED ? &copy : r;

    if (s->kind == INIT_NORMAL) {
        rng_fill_normal(from, s->count, 0.0f, 1.0f, w);
        return;
    }
    for (ptrdiff_t i = 0; i < s->count; i++) {
        const ptrdiff_t at = wrong == DRAWN_BACKWARDS ? s->count - 1 - i : i;
        if (wrong == TWO_DRAWS)
            w[at] = (float)((2.0 * rng_uniform_double(from) - 1.0) * (double)bound);
        else
            w[at] = rng_uniform(from, wrong == HALF_RANGE ? 0.0f : -bound, bound);
        if (wrong == ALL_ZERO)
            w[at] = 0.0f;
    }
}

#define FILL(name, mistake)                                   \
    static void name(const init_shape *s, rng *r, float *w)   \
    {                                                         \
        wrong_fill(mistake, s, r, w);                         \
    }

FILL(std_for_bound, STD_FOR_BOUND)
FILL(slope_ignored, SLOPE_IGNORED)
FILL(fan_out_ignored, FAN_OUT_IGNORED)
FILL(half_range, HALF_RANGE)
FILL(drawn_backwards, DRAWN_BACKWARDS)
FILL(two_draws, TWO_DRAWS)
FILL(generator_copied, GENERATOR_COPIED)
FILL(all_zero, ALL_ZERO)

const init_variant init_mutants[] = {
    { .info = { "std-for-bound", SPACE_HOST, PRECISION_FP32,
                "the standard deviation is used as the bound: a uniform range is sqrt(3) wider" },
      .fill = std_for_bound },
    { .info = { "slope-ignored", SPACE_HOST, PRECISION_FP32,
                "the gain of a plain relu: PyTorch's default layers ask for slope sqrt(5)" },
      .fill = slope_ignored },
    { .info = { "fan-out-ignored", SPACE_HOST, PRECISION_FP32,
                "Xavier's bound from fan_in alone: it averages fan_in and fan_out" },
      .fill = fan_out_ignored },
    { .info = { "half-range", SPACE_HOST, PRECISION_FP32,
                "drawn from [0, a) instead of [-a, a): every weight is positive" },
      .fill = half_range },
    { .info = { "drawn-backwards", SPACE_HOST, PRECISION_FP32,
                "the last element is drawn first: the same seed gives other weights" },
      .fill = drawn_backwards },
    { .info = { "two-draws", SPACE_HOST, PRECISION_FP32,
                "64 bits are drawn for each float: the generator runs ahead of PyTorch's" },
      .fill = two_draws },
    { .info = { "generator-copied", SPACE_HOST, PRECISION_FP32,
                "the generator is passed by value: every tensor gets the same numbers" },
      .fill = generator_copied },
    { .info = { "all-zero", SPACE_HOST, PRECISION_FP32,
                "all weights zero: every channel then learns the same thing" },
      .fill = all_zero },
};

const size_t init_mutant_count = sizeof init_mutants / sizeof init_mutants[0];
