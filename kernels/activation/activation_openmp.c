/* activation_openmp.c: one vectorisable loop per kind, split over the threads.
 *
 * Idea:  relu reads 4 bytes, writes 4 and computes next to nothing, so the loop must do nothing
 *        else: no question about the kind, no branch. `omp simd` promises that elements do not
 *        depend on each other, which also holds in place (y == x, dx == dy).
 * Limit: memory bandwidth for relu, the scalar expf and tanhf of libm for the other two. The way
 *        out of the first is to fuse the activation into the layer before it. */
#include "kernels/activation/activation_variants.h"

#include <math.h>

enum { PARALLEL_FROM = 1 << 14 };               /* elements; below, starting threads costs more */

void activation_forward_openmp(const activation_shape *s, const float *x, float *y)
{
    const ptrdiff_t count = s->count;
    const float slope = s->slope;

    switch (s->kind) {
    case ACTIVATION_RELU:
#pragma omp parallel for simd if (parallel : count >= PARALLEL_FROM)
        for (ptrdiff_t i = 0; i < count; i++)
            y[i] = x[i] < 0.0f ? 0.0f : x[i];   /* NaN < 0 is false: NaN stays */
        break;
    case ACTIVATION_LEAKY_RELU:
#pragma omp parallel for simd if (parallel : count >= PARALLEL_FROM)
        for (ptrdiff_t i = 0; i < count; i++)
            y[i] = x[i] < 0.0f ? slope * x[i] : x[i];
        break;
    case ACTIVATION_SIGMOID:
#pragma omp parallel for if (count >= PARALLEL_FROM)
        for (ptrdiff_t i = 0; i < count; i++)
            y[i] = 1.0f / (1.0f + expf(-x[i]));
        break;
    case ACTIVATION_TANH:
#pragma omp parallel for if (count >= PARALLEL_FROM)
        for (ptrdiff_t i = 0; i < count; i++)
            y[i] = tanhf(x[i]);
        break;
    }
}

void activation_backward_openmp(const activation_shape *s, const float *x, const float *y,
                                const float *dy, float *dx)
{
    const ptrdiff_t count = s->count;
    const float slope = s->slope;

    switch (s->kind) {
    case ACTIVATION_RELU:
#pragma omp parallel for simd if (parallel : count >= PARALLEL_FROM)
        for (ptrdiff_t i = 0; i < count; i++) {
            const float gradient = dy[i];       /* read before the choice: that can be vectorised */
            dx[i] = x[i] > 0.0f ? gradient : 0.0f;
        }
        break;
    case ACTIVATION_LEAKY_RELU:
#pragma omp parallel for simd if (parallel : count >= PARALLEL_FROM)
        for (ptrdiff_t i = 0; i < count; i++)
            dx[i] = x[i] > 0.0f ? dy[i] : slope * dy[i];
        break;
    case ACTIVATION_SIGMOID:
#pragma omp parallel for simd if (parallel : count >= PARALLEL_FROM)
        for (ptrdiff_t i = 0; i < count; i++)
            dx[i] = dy[i] * y[i] * (1.0f - y[i]);
        break;
    case ACTIVATION_TANH:
#pragma omp parallel for simd if (parallel : count >= PARALLEL_FROM)
        for (ptrdiff_t i = 0; i < count; i++)
            dx[i] = dy[i] * (1.0f - y[i] * y[i]);
        break;
    }
}
