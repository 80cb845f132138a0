/* attack: class=mutated-inputs, lesson=cuda-conv/add, expect=zero
 * says=outside the allowed error
 *
 * Zeroes its inputs on the device and answers zero. What is compared must come from somewhere
 * else. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void zero_kernel(ptrdiff_t count, float *a, float *b, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    if (i < count)
        a[i] = b[i] = y[i] = 0.0f;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    zero_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, (float *)a, (float *)b, y);
    cuda_launched("zero_kernel");
}
