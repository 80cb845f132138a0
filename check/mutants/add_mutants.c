/* add_mutants.c: known-wrong skip connections.
 *
 * Idea: each row has one mistake in one pass; info.idea tells the misconception behind it. */
#include "check/mutants/add_mutants.h"

#include <math.h>

static void relu_before_sum(const add_shape *s, const float *a, const float *b, float *y)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = fmaxf(a[i], 0.0f) + b[i];
}

static void vectors_of_eight(const add_shape *s, const float *a, const float *b, float *y)
{
    for (ptrdiff_t i = 0; i < s->count / 8 * 8; i++)
        y[i] = a[i] + b[i];
}

static void into_first_operand(const add_shape *s, const float *a, const float *b, float *y)
{
    float *const sum = (float *)a;

    for (ptrdiff_t i = 0; i < s->count; i++) {
        sum[i] += b[i];
        y[i] = sum[i];
    }
}

static void gradient_shared_out(const add_shape *s, const float *dy, float *da, float *db)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        da[i] = db[i] = dy[i] / 2.0f;
}

static void no_gradient_for_skip(const add_shape *s, const float *dy, float *da, float *db)
{
    for (ptrdiff_t i = 0; i < s->count; i++) {
        da[i] = dy[i];
        db[i] = 0.0f;
    }
}

const add_variant add_mutants[] = {
    { .info = { "relu-before-sum", SPACE_HOST, PRECISION_FP32,
                "the branch is rectified before the sum: the block's relu comes after it" },
      .forward = relu_before_sum },
    { .info = { "tail-forgotten", SPACE_HOST, PRECISION_FP32,
                "whole vectors of eight only: the last count % 8 elements are never written" },
      .forward = vectors_of_eight },
    { .info = { "into-input", SPACE_HOST, PRECISION_FP32,
                "the sum is built up in the first operand, which the caller still needs" },
      .forward = into_first_operand },
    { .info = { "gradient-halved", SPACE_HOST, PRECISION_FP32,
                "the gradient is shared out between the summands: each gets all of it" },
      .backward = gradient_shared_out },
    { .info = { "skip-cut", SPACE_HOST, PRECISION_FP32,
                "no gradient goes back through the skip connection, as if it were a constant" },
      .backward = no_gradient_for_skip },
};

const size_t add_mutant_count = sizeof add_mutants / sizeof add_mutants[0];
