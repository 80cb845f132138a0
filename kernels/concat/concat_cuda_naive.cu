/* concat_cuda_naive.cu: one thread copies one element of the joined tensor.
 *
 * Idea:  a thread asks from which input its element comes, by walking the extents. The array of
 *        pointers lies in host memory; it goes to the kernel by value, among its parameters.
 * Layout: x_k, dx_k [outer][extent[k]][inner], y, dy [outer][total][inner].
 * Cost:  no FLOP, 8 bytes per element.
 * Limit: three divisions and a search for each element that is copied, where a whole run of
 *        extent[k] * inner elements has the same answer.
 * Source: concat.h. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/concat/concat_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

struct sources {
    const float *x[CONCAT_MAX_INPUTS];
};

struct targets {
    float *dx[CONCAT_MAX_INPUTS];
};

/* Element i of the joined tensor is element `at` of input k. */
struct place {
    int k;
    ptrdiff_t at;
};

static __device__ place place_of(const concat_shape &s, ptrdiff_t i)
{
    const ptrdiff_t inner = i % s.inner, outer = i / s.inner / s.total;
    int k = 0, along = (int)(i / s.inner % s.total);

    while (along >= s.extent[k])
        along -= s.extent[k++];
    return { k, (outer * s.extent[k] + along) * s.inner + inner };
}

static __global__ void concat_forward_kernel(const concat_shape s, const sources from, float *y,
                                             ptrdiff_t count)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < count; i += (ptrdiff_t)gridDim.x * THREADS) {
        const place p = place_of(s, i);
        y[i] = from.x[p.k][p.at];
    }
}

static __global__ void concat_backward_kernel(const concat_shape s, const float *dy,
                                              const targets to, ptrdiff_t count)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < count; i += (ptrdiff_t)gridDim.x * THREADS) {
        const place p = place_of(s, i);
        to.dx[p.k][p.at] = dy[i];
    }
}

extern "C" void concat_forward_cuda_naive(const concat_shape *s, const float *const *x, float *y)
{
    const ptrdiff_t count = (ptrdiff_t)s->outer * s->total * s->inner;
    sources from = {};

    if (count == 0)
        return;                                 /* a grid of no blocks is a launch error */
    for (int k = 0; k < s->inputs; k++)
        from.x[k] = x[k];
    concat_forward_kernel<<<cuda_blocks(count, THREADS), THREADS>>>(*s, from, y, count);
    cuda_launched("concat_forward_kernel");
}

extern "C" void concat_backward_cuda_naive(const concat_shape *s, const float *dy,
                                           float *const *dx)
{
    const ptrdiff_t count = (ptrdiff_t)s->outer * s->total * s->inner;
    targets to = {};

    if (count == 0)
        return;
    for (int k = 0; k < s->inputs; k++)
        to.dx[k] = dx[k];
    concat_backward_kernel<<<cuda_blocks(count, THREADS), THREADS>>>(*s, dy, to, count);
    cuda_launched("concat_backward_kernel");
}
