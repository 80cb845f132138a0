/* dropout_openmp.c: applying the mask as a product without branches.
 *
 * Idea:  the mask holds 0 or 1, so mask * scale is the factor itself: one conversion and two
 *        multiplications per element, several elements per instruction, split over the threads.
 * Limit: memory bandwidth, 9 bytes per element; fusing it into the layer before removes that. The
 *        draw itself stays serial, for the generator's order is part of the result. */
#include "kernels/dropout/dropout_variants.h"

enum { PARALLEL_FROM = 1 << 14 };               /* elements; below, starting threads costs more */

/* out = in * (mask * scale); out may be in. */
static void apply(const dropout_shape *s, const float *in, const uint8_t *mask, float *out)
{
    const ptrdiff_t count = s->count;
    const float scale = dropout_scale(s);

#pragma omp parallel for simd if (parallel : count >= PARALLEL_FROM)
    for (ptrdiff_t i = 0; i < count; i++)
        out[i] = in[i] * ((float)mask[i] * scale);
}

void dropout_forward_openmp(const dropout_shape *s, const float *x, const uint8_t *mask, float *y)
{
    apply(s, x, mask, y);
}

void dropout_backward_openmp(const dropout_shape *s, const float *dy, const uint8_t *mask,
                             float *dx)
{
    apply(s, dy, mask, dx);
}
