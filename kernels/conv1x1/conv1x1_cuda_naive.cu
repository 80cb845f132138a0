/* conv1x1_cuda_naive.cu: one thread computes one element of y, dx, dw or db.
 *
 * Idea:   every output is a sum that depends on no other output. Neighbouring threads hold
 *         neighbouring pixels: their loads of x and dy coalesce, and they read the same weight.
 * Layout: as in conv1x1.h; a plane is the h*w pixels of one channel.
 * Cost:   2 * n * oc * c * h * w FLOP per pass; each multiply-add loads two floats.
 * Limit:  every pixel is fetched again for each output channel, and dw gives each of its oc * c
 *         threads a sum over all pixels. conv1x1_cuda_gemm.cu shares fetches and divides long sums.
 * Source: Lin, Chen and Yan, "Network In Network", 2013, section 3.1. */
#include <cuda_runtime.h>

#include <stddef.h>

extern "C" {
#include "kernels/conv1x1/conv1x1_variants.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static unsigned blocks_for(ptrdiff_t outputs)
{
    return (unsigned)((outputs + THREADS - 1) / THREADS);
}

static __global__ void conv1x1_forward_kernel(conv1x1_shape s, const float *x, const float *w,
                                              const float *b, float *y)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t plane = (ptrdiff_t)s.h * s.w;
    if (at >= (ptrdiff_t)s.n * s.oc * plane)
        return;                                 /* no barrier below, so leaving early is safe */

    const ptrdiff_t p = at % plane, oc = at / plane % s.oc, n = at / plane / s.oc;
    float sum = b ? b[oc] : 0.0f;
    for (int c = 0; c < s.c; c++)
        sum += w[oc * s.c + c] * x[(n * s.c + c) * plane + p];
    y[at] = sum;
}

static __global__ void conv1x1_backward_data_kernel(conv1x1_shape s, const float *dy,
                                                    const float *w, float *dx)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t plane = (ptrdiff_t)s.h * s.w;
    if (at >= (ptrdiff_t)s.n * s.c * plane)
        return;

    const ptrdiff_t p = at % plane, c = at / plane % s.c, n = at / plane / s.c;
    float sum = 0.0f;
    for (ptrdiff_t oc = 0; oc < s.oc; oc++)
        sum += w[oc * s.c + c] * dy[(n * s.oc + oc) * plane + p];
    dx[at] = sum;
}

static __global__ void conv1x1_backward_weights_kernel(conv1x1_shape s, const float *x,
                                                       const float *dy, float *dw)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t plane = (ptrdiff_t)s.h * s.w;
    if (at >= (ptrdiff_t)s.oc * s.c)
        return;

    const ptrdiff_t oc = at / s.c, c = at % s.c;
    float sum = 0.0f;
    for (ptrdiff_t n = 0; n < s.n; n++)
        for (ptrdiff_t p = 0; p < plane; p++)
            sum += dy[(n * s.oc + oc) * plane + p] * x[(n * s.c + c) * plane + p];
    dw[at] = sum;
}

static __global__ void conv1x1_backward_bias_kernel(conv1x1_shape s, const float *dy, float *db)
{
    const ptrdiff_t oc = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t plane = (ptrdiff_t)s.h * s.w;
    if (oc >= s.oc)
        return;

    float sum = 0.0f;
    for (ptrdiff_t n = 0; n < s.n; n++)
        for (ptrdiff_t p = 0; p < plane; p++)
            sum += dy[(n * s.oc + oc) * plane + p];
    db[oc] = sum;
}

extern "C" void conv1x1_forward_cuda_naive(const conv1x1_shape *s, const float *x, const float *w,
                                           const float *b, float *y, void *workspace)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->oc * s->h * s->w;

    (void)workspace;
    if (outputs == 0)
        return;                                 /* a grid of no blocks is a launch error */
    conv1x1_forward_kernel<<<blocks_for(outputs), THREADS>>>(*s, x, w, b, y);
    cuda_launched("conv1x1_forward_kernel");
}

extern "C" void conv1x1_backward_data_cuda_naive(const conv1x1_shape *s, const float *dy,
                                                 const float *w, float *dx, void *workspace)
{
    const ptrdiff_t inputs = (ptrdiff_t)s->n * s->c * s->h * s->w;

    (void)workspace;
    if (inputs == 0)
        return;
    conv1x1_backward_data_kernel<<<blocks_for(inputs), THREADS>>>(*s, dy, w, dx);
    cuda_launched("conv1x1_backward_data_kernel");
}

extern "C" void conv1x1_backward_weights_cuda_naive(const conv1x1_shape *s, const float *x,
                                                    const float *dy, float *dw, float *db,
                                                    void *workspace)
{
    const ptrdiff_t weights = (ptrdiff_t)s->oc * s->c;

    (void)workspace;
    conv1x1_backward_weights_kernel<<<blocks_for(weights), THREADS>>>(*s, x, dy, dw);
    cuda_launched("conv1x1_backward_weights_kernel");
    if (!db)
        return;
    conv1x1_backward_bias_kernel<<<blocks_for(s->oc), THREADS>>>(*s, dy, db);
    cuda_launched("conv1x1_backward_bias_kernel");
}
