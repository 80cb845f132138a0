/* log_softmax_fix.cu: log-softmax, a block of two warps per row; a barrier parts the two uses of
 * the shared array. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/softmax_ce/softmax_ce.h"
}

enum { WARP = 32, WARPS = 2, THREADS = WARP * WARPS };
static const unsigned all_lanes = 0xffffffffu;

/* The largest x of the block, in every thread. of_warp is shared memory [WARPS]. */
static __device__ float block_max(float x, float *of_warp)
{
    for (int distance = WARP / 2; distance > 0; distance /= 2)
        x = fmaxf(x, __shfl_xor_sync(all_lanes, x, distance));
    if (threadIdx.x % WARP == 0)
        of_warp[threadIdx.x / WARP] = x;
    __syncthreads();                    /* all warps' results are there */
    for (int warp = 0; warp < WARPS; warp++)
        x = fmaxf(x, of_warp[warp]);
    return x;
}

/* The sum of x over the block, in every thread. */
static __device__ float block_sum(float x, float *of_warp)
{
    float sum = 0.0f;

    for (int distance = WARP / 2; distance > 0; distance /= 2)
        x += __shfl_xor_sync(all_lanes, x, distance);
    if (threadIdx.x % WARP == 0)
        of_warp[threadIdx.x / WARP] = x;
    __syncthreads();                    /* all warps' results are there */
    for (int warp = 0; warp < WARPS; warp++)
        sum += of_warp[warp];
    return sum;
}

static __global__ void log_softmax_kernel(int classes, const float *x, float *y)
{
    __shared__ float of_warp[WARPS];
    const float *row = x + blockIdx.x * classes;
    float max = -INFINITY, sum = 0.0f;

    for (int c = threadIdx.x; c < classes; c += THREADS)
        max = fmaxf(max, row[c]);
    max = block_max(max, of_warp);
    __syncthreads();                    /* all have read the maxima before the sums come */
    for (int c = threadIdx.x; c < classes; c += THREADS)
        sum += expf(row[c] - max);
    sum = block_sum(sum, of_warp);
    for (int c = threadIdx.x; c < classes; c += THREADS)
        y[blockIdx.x * classes + c] = row[c] - max - logf(sum);
}

extern "C" void log_softmax_forward_fix(const softmax_ce_shape *s, const float *x, float *y)
{
    log_softmax_kernel<<<s->n, THREADS>>>(s->classes, x, y);
}
