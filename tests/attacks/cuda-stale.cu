/* attack: class=stale-output, lesson=cuda-conv/add, expect=zero
 * says=outside the allowed error
 *
 * Keeps the sums of its first call in a variable of the device and copies them out from then on. A
 * device is set up once for many tests; what a kernel left there is still there. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __device__ float kept[1 << 16];

static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y,
                                  bool first)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    if (i >= count || i >= 1 << 16)
        return;
    if (first)
        kept[i] = a[i] + b[i];
    y[i] = kept[i];
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    static int calls;

    if (s->count == 0)
        return;
    add_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, a, b, y, calls++ == 0);
    cuda_launched("add_kernel");
}
