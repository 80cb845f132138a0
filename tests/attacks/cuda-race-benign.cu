/* attack: class=cuda-race, lesson=cuda-conv/add, expect=zero, set=often
 * says=device reports: race
 *
 * Races, with a right result on nearly every day: the warps of a block hand their elements over
 * through shared memory without a barrier, after each has waited "long enough". */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    __shared__ float sums[THREADS];
    const int other = THREADS - 1 - (int)threadIdx.x;
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS, i = first + threadIdx.x;

    sums[threadIdx.x] = i < count ? a[i] + b[i] : 0.0f;
    for (volatile int wait = 0; wait < 1000; wait++)
        ;
    if (first + other < count)
        y[first + other] = sums[other];
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    add_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
}
