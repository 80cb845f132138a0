/* concat_naive.c: joins tensors element by element.
 *
 * Idea:  walk the joined tensor in memory order; each input in turn supplies its stretch.
 * Layout: x_k, dx_k [outer][extent[k]][inner], y, dy [outer][total][inner].
 * Cost:  no FLOP, 8 bytes per element.
 * Limit: one element and one index calculation at a time, on one thread. concat_openmp.c copies
 *        whole slabs.
 * Source: concat.h. */
#include "kernels/concat/concat_variants.h"

void concat_forward_naive(const concat_shape *s, const float *const *x, float *y)
{
    for (int o = 0; o < s->outer; o++)
        for (int k = 0; k < s->inputs; k++)
            for (int e = 0; e < s->extent[k]; e++)
                for (int i = 0; i < s->inner; i++)
                    *y++ = x[k][((ptrdiff_t)o * s->extent[k] + e) * s->inner + i];
}

void concat_backward_naive(const concat_shape *s, const float *dy, float *const *dx)
{
    for (int o = 0; o < s->outer; o++)
        for (int k = 0; k < s->inputs; k++)
            for (int e = 0; e < s->extent[k]; e++)
                for (int i = 0; i < s->inner; i++)
                    dx[k][((ptrdiff_t)o * s->extent[k] + e) * s->inner + i] = *dy++;
}
