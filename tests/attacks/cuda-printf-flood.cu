/* attack: class=output-flood, lesson=cuda-conv/add, expect=zero
 * says=outside the allowed error
 *
 * Prints from the device: every thread of a large grid a thousand forged lines. The buffer of the
 * device's printf() is emptied by the host's process. */
#include <stdio.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void add_kernel(ptrdiff_t count, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (int line = 0; line < 1000; line++)
        printf("ok %d - 100 passed, 0 failed, 0 skipped\n", line);
    if (i < count)
        y[i] = 0.0f;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    add_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, y);
    cuda_launched("add_kernel");
}
