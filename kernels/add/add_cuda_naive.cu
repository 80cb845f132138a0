/* add_cuda_naive.cu: one thread adds one pair.
 *
 * Idea:  thread i computes y[i]; neighbouring threads touch neighbouring addresses.
 * Layout: a, b, y, dy, da, db [count].
 * Cost:  1 FLOP and 12 bytes per element; backward 12 bytes.
 * Limit: memory bandwidth, and below it the number of loads in flight: each thread asks for 4 bytes
 *        of each tensor at a time. add_cuda_vector.cu asks for 16.
 * Source: add.h. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static __global__ void add_forward_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < count; i += (ptrdiff_t)gridDim.x * THREADS)
        y[i] = a[i] + b[i];
}

static __global__ void add_backward_kernel(ptrdiff_t count, const float *dy, float *da, float *db)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < count; i += (ptrdiff_t)gridDim.x * THREADS) {
        const float gradient = dy[i];           /* da or db may be dy itself */
        da[i] = gradient;
        db[i] = gradient;
    }
}

extern "C" void add_forward_cuda_naive(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;                                 /* a grid of no blocks is a launch error */
    add_forward_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, a, b, y);
    cuda_launched("add_forward_kernel");
}

extern "C" void add_backward_cuda_naive(const add_shape *s, const float *dy, float *da, float *db)
{
    if (s->count == 0)
        return;
    add_backward_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, dy, da, db);
    cuda_launched("add_backward_kernel");
}
