/* add_student.cu: the sum of two arrays; one thread computes one element.
 *
 *     y[i] = a[i] + b[i] */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    if (i < count)
        y[i] = a[i] + b[i];
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;                                 /* a grid of no blocks is an error */
    const unsigned blocks = (unsigned)((s->count + THREADS - 1) / THREADS);
    add_kernel<<<blocks, THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
}
