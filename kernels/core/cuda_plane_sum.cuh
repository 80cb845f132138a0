/* cuda_plane_sum.cuh: one block sums one channel over all images: a convolution's bias gradient.
 *
 * Idea:   the threads of a block walk through the planes of their channel side by side, each with a
 *         sum of its own; a tree in shared memory then adds the sums up, always in the same order,
 *         so that the result is the same to the last bit in every run.
 * Layout: y [n][channels][plane], sums [channels].
 * Cost:   n * channels * plane additions; every element is read once.
 * Source: Harris, "Optimizing Parallel Reduction in CUDA", 2007. */
#ifndef CUDA_PLANE_SUM_CUH
#define CUDA_PLANE_SUM_CUH

#include <cuda_runtime.h>

#include <stddef.h>

#include "kernels/core/cuda_launch.cuh"

enum { PLANE_SUM_THREADS = 256 };
static_assert((PLANE_SUM_THREADS & (PLANE_SUM_THREADS - 1)) == 0, "the tree halves the block");

static __global__ void plane_sum_kernel(int n, int channels, ptrdiff_t plane, const float *y,
                                        float *sums)
{
    __shared__ float partial[PLANE_SUM_THREADS];
    const int channel = (int)blockIdx.x, me = (int)threadIdx.x;

    float sum = 0.0f;
    for (ptrdiff_t image = 0; image < n; image++) {
        const float *const from = y + (image * channels + channel) * plane;
        for (ptrdiff_t p = me; p < plane; p += PLANE_SUM_THREADS)
            sum += from[p];
    }
    partial[me] = sum;
    for (int half = PLANE_SUM_THREADS / 2; half > 0; half /= 2) {
        __syncthreads();                        /* the level above is complete */
        if (me < half)
            partial[me] += partial[me + half];
    }
    if (me == 0)
        sums[channel] = partial[0];
}

/* Zeros for n == 0. channels is at least 1. */
static inline void cuda_plane_sum(int n, int channels, ptrdiff_t plane, const float *y, float *sums)
{
    plane_sum_kernel<<<(unsigned)channels, PLANE_SUM_THREADS>>>(n, channels, plane, y, sums);
    cuda_launched("plane_sum_kernel");
}

#endif
