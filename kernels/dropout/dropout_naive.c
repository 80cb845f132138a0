/* dropout_naive.c: dropout, one element after the other.
 *
 * Idea:  toss a coin per element; scale what survives, so that the expectation stays what it was.
 * Limit: one multiplication per step of the loop, on one core; dropout_openmp.c does several on
 *        each of several cores. */
#include "kernels/dropout/dropout_variants.h"

void dropout_draw_naive(const dropout_shape *s, rng *r, uint8_t *mask)
{
    const double keep = 1.0 - s->p;

    for (ptrdiff_t i = 0; i < s->count; i++)
        mask[i] = rng_uniform_double(r) < keep;
}

void dropout_forward_naive(const dropout_shape *s, const float *x, const uint8_t *mask, float *y)
{
    const float scale = dropout_scale(s);

    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = x[i] * (mask[i] ? scale : 0.0f); /* a product, so that NaN * 0 stays NaN */
}

void dropout_backward_naive(const dropout_shape *s, const float *dy, const uint8_t *mask,
                            float *dx)
{
    const float scale = dropout_scale(s);

    for (ptrdiff_t i = 0; i < s->count; i++)
        dx[i] = dy[i] * (mask[i] ? scale : 0.0f);
}
