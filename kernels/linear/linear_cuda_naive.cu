/* linear_cuda_naive.cu: one thread computes one element of y, dx, dw or db.
 *
 * Idea:   every output is a dot product that depends on no other output.
 * Layout: as in linear.h.
 * Cost:   2 * n * in_features * out_features FLOP per pass; each multiply-add loads two floats.
 * Limit:  in the forward pass neighbouring threads walk along different rows of w, so that a warp
 *         touches 32 cache lines per step; and nothing that is fetched is shared.
 *         linear_cuda_gemm.cu removes both.
 * Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.5. */
#include <cuda_runtime.h>

#include <stddef.h>

extern "C" {
#include "kernels/linear/linear_variants.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static unsigned blocks_for(ptrdiff_t outputs)
{
    return (unsigned)((outputs + THREADS - 1) / THREADS);
}

static __global__ void linear_forward_kernel(linear_shape s, const float *x, const float *w,
                                             const float *b, float *y)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    if (at >= (ptrdiff_t)s.n * s.out_features)
        return;                                 /* no barrier below, so leaving early is safe */

    const ptrdiff_t n = at / s.out_features, o = at % s.out_features;
    float sum = b ? b[o] : 0.0f;
    for (int i = 0; i < s.in_features; i++)
        sum += x[n * s.in_features + i] * w[o * s.in_features + i];
    y[at] = sum;
}

static __global__ void linear_backward_data_kernel(linear_shape s, const float *dy, const float *w,
                                                   float *dx)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    if (at >= (ptrdiff_t)s.n * s.in_features)
        return;

    const ptrdiff_t n = at / s.in_features, i = at % s.in_features;
    float sum = 0.0f;
    for (ptrdiff_t o = 0; o < s.out_features; o++)
        sum += dy[n * s.out_features + o] * w[o * s.in_features + i];
    dx[at] = sum;
}

static __global__ void linear_backward_weights_kernel(linear_shape s, const float *x,
                                                      const float *dy, float *dw)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    if (at >= (ptrdiff_t)s.out_features * s.in_features)
        return;

    const ptrdiff_t o = at / s.in_features, i = at % s.in_features;
    float sum = 0.0f;
    for (ptrdiff_t n = 0; n < s.n; n++)
        sum += dy[n * s.out_features + o] * x[n * s.in_features + i];
    dw[at] = sum;
}

static __global__ void linear_backward_bias_kernel(linear_shape s, const float *dy, float *db)
{
    const ptrdiff_t o = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    if (o >= s.out_features)
        return;

    float sum = 0.0f;
    for (ptrdiff_t n = 0; n < s.n; n++)
        sum += dy[n * s.out_features + o];
    db[o] = sum;
}

extern "C" void linear_forward_cuda_naive(const linear_shape *s, const float *x, const float *w,
                                          const float *b, float *y, void *workspace)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->out_features;

    (void)workspace;
    if (outputs == 0)
        return;                                 /* a grid of no blocks is a launch error */
    linear_forward_kernel<<<blocks_for(outputs), THREADS>>>(*s, x, w, b, y);
    cuda_launched("linear_forward_kernel");
}

extern "C" void linear_backward_data_cuda_naive(const linear_shape *s, const float *dy,
                                                const float *w, float *dx, void *workspace)
{
    const ptrdiff_t inputs = (ptrdiff_t)s->n * s->in_features;

    (void)workspace;
    if (inputs == 0)
        return;
    linear_backward_data_kernel<<<blocks_for(inputs), THREADS>>>(*s, dy, w, dx);
    cuda_launched("linear_backward_data_kernel");
}

extern "C" void linear_backward_weights_cuda_naive(const linear_shape *s, const float *x,
                                                   const float *dy, float *dw, float *db,
                                                   void *workspace)
{
    const ptrdiff_t weights = (ptrdiff_t)s->out_features * s->in_features;

    (void)workspace;
    linear_backward_weights_kernel<<<blocks_for(weights), THREADS>>>(*s, x, dy, dw);
    cuda_launched("linear_backward_weights_kernel");
    if (!db)
        return;
    linear_backward_bias_kernel<<<blocks_for(s->out_features), THREADS>>>(*s, dy, db);
    cuda_launched("linear_backward_bias_kernel");
}
