/* concat_mutants.c: known-wrong concatenations.
 *
 * Idea: each row has one mistake in one pass; info.idea tells the misconception behind it. */
#include "check/mutants/concat_mutants.h"

static void one_after_the_other(const concat_shape *s, const float *const *x, float *y)
{
    for (int k = 0; k < s->inputs; k++)
        for (ptrdiff_t i = 0; i < (ptrdiff_t)s->outer * s->extent[k] * s->inner; i++)
            *y++ = x[k][i];
}

static void last_input_first(const concat_shape *s, const float *const *x, float *y)
{
    for (int o = 0; o < s->outer; o++)
        for (int k = s->inputs - 1; k >= 0; k--)
            for (ptrdiff_t i = 0; i < (ptrdiff_t)s->extent[k] * s->inner; i++)
                *y++ = x[k][(ptrdiff_t)o * s->extent[k] * s->inner + i];
}

static void two_inputs_only(const concat_shape *s, const float *const *x, float *y)
{
    for (int o = 0; o < s->outer; o++) {
        float *to = y + (ptrdiff_t)o * s->total * s->inner;
        for (int k = 0; k < s->inputs && k < 2; k++)
            for (ptrdiff_t i = 0; i < (ptrdiff_t)s->extent[k] * s->inner; i++)
                *to++ = x[k][(ptrdiff_t)o * s->extent[k] * s->inner + i];
    }
}

static void pieces_of_flat_gradient(const concat_shape *s, const float *dy, float *const *dx)
{
    for (int k = 0; k < s->inputs; k++)
        for (ptrdiff_t i = 0; i < (ptrdiff_t)s->outer * s->extent[k] * s->inner; i++)
            dx[k][i] = *dy++;
}

static void accumulated(const concat_shape *s, const float *dy, float *const *dx)
{
    for (int o = 0; o < s->outer; o++)
        for (int k = 0; k < s->inputs; k++)
            for (ptrdiff_t i = 0; i < (ptrdiff_t)s->extent[k] * s->inner; i++)
                dx[k][(ptrdiff_t)o * s->extent[k] * s->inner + i] += *dy++;
}

const concat_variant concat_mutants[] = {
    { .info = { "axis-ignored", SPACE_HOST, PRECISION_FP32,
                "whole tensors one after the other: that joins along the first axis" },
      .forward = one_after_the_other },
    { .info = { "order-reversed", SPACE_HOST, PRECISION_FP32,
                "the last input comes first in the joined tensor" },
      .forward = last_input_first },
    { .info = { "two-inputs", SPACE_HOST, PRECISION_FP32,
                "only the first two inputs are copied: there may be any number" },
      .forward = two_inputs_only },
    { .info = { "gradient-axis-ignored", SPACE_HOST, PRECISION_FP32,
                "the gradient is cut up along the first axis instead of the joined one" },
      .backward = pieces_of_flat_gradient },
    { .info = { "gradient-accumulated", SPACE_HOST, PRECISION_FP32,
                "gradients are added to what the buffer held: they must overwrite it" },
      .backward = accumulated },
};

const size_t concat_mutant_count = sizeof concat_mutants / sizeof concat_mutants[0];
