/* mse_cuda_naive.cu: one thread adds up the loss; one thread per element in the backward pass.
 *
 * Idea:  the gradient of an element needs only that element. The loss needs all of them: the
 *        simplest thing that is right and always gives the same bits is a single thread.
 * Layout: x, target, dx [count], loss, dloss [1].
 * Cost:  3 FLOP and 8 bytes per element; backward 2 FLOP and 12 bytes.
 * Limit: in the forward pass each addition waits for the load before it while the rest of the GPU
 *        is idle. mse_cuda_warp.cu adds in a tree.
 * Source: mse.h. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/mse/mse_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static __global__ void mse_forward_kernel(const mse_shape s, const float *x, const float *target,
                                          float *loss)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < s.count; i++) {
        const double difference = (double)x[i] - (double)target[i];
        sum += difference * difference;
    }
    *loss = (float)(s.mean ? sum / (double)s.count : sum);      /* the mean of nothing is NaN */
}

static __global__ void mse_backward_kernel(const mse_shape s, const float *x, const float *target,
                                           const float *dloss, float *dx)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const float scale = s.mean ? 2.0f * *dloss / (float)s.count : 2.0f * *dloss;

    for (ptrdiff_t i = first; i < s.count; i += (ptrdiff_t)gridDim.x * THREADS)
        dx[i] = scale * (x[i] - target[i]);
}

extern "C" void mse_forward_cuda_naive(const mse_shape *s, const float *x, const float *target,
                                       float *loss)
{
    mse_forward_kernel<<<1, 1>>>(*s, x, target, loss);  /* also for nothing: there is a loss */
    cuda_launched("mse_forward_kernel");
}

extern "C" void mse_backward_cuda_naive(const mse_shape *s, const float *x, const float *target,
                                        const float *dloss, float *dx)
{
    if (s->count == 0)
        return;                                 /* a grid of no blocks is a launch error */
    mse_backward_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(*s, x, target, dloss, dx);
    cuda_launched("mse_backward_kernel");
}
