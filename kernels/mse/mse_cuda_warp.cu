/* mse_cuda_warp.cu: one block adds up the loss, in a tree.
 *
 * Idea:  1024 threads each add up every 1024th square. Then each warp adds its 32 sums by
 *        shuffles, in five steps and without shared memory, and the first warp the 32 sums of the
 *        warps. The tree has the same shape in every run, so the loss has the same bits; atomics
 *        would add in the order of arrival.
 * Layout: x, target [count], loss [1].
 * Cost:  3 FLOP and 8 bytes per element.
 * Limit: one block, hence one multiprocessor. More need a second kernel that adds their sums, and
 *        memory to keep them in.
 * Source: mse.h; Harris, "Optimizing Parallel Reduction in CUDA", 2007. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/mse/mse_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { WARP = 32, WARPS = 32, THREADS = WARP * WARPS };
static_assert(WARPS <= WARP, "one warp adds up the sums of all");

static __device__ double warp_sum(double x)
{
    for (int distance = WARP / 2; distance > 0; distance /= 2)
        x += __shfl_down_sync(0xffffffffu, x, distance);
    return x;                                   /* lane 0 has the sum */
}

static __global__ void __launch_bounds__(THREADS)
mse_forward_warp_kernel(const mse_shape s, const float *x, const float *target, float *loss)
{
    __shared__ double sum_of_warp[WARPS];
    const int lane = (int)threadIdx.x % WARP, warp = (int)threadIdx.x / WARP;
    double sum = 0.0;

    for (ptrdiff_t i = threadIdx.x; i < s.count; i += THREADS) {
        const double difference = (double)x[i] - (double)target[i];
        sum += difference * difference;
    }
    sum = warp_sum(sum);
    if (lane == 0)
        sum_of_warp[warp] = sum;
    __syncthreads();                            /* the first warp reads what all have written */
    if (warp > 0)
        return;
    sum = warp_sum(lane < WARPS ? sum_of_warp[lane] : 0.0);
    if (lane == 0)
        *loss = (float)(s.mean ? sum / (double)s.count : sum);  /* the mean of nothing is NaN */
}

extern "C" void mse_forward_cuda_warp(const mse_shape *s, const float *x, const float *target,
                                      float *loss)
{
    mse_forward_warp_kernel<<<1, THREADS>>>(*s, x, target, loss);
    cuda_launched("mse_forward_warp_kernel");
}
