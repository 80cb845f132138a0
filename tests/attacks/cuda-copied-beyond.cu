/* attack: class=cuda-pointer, lesson=cuda-conv/add, expect=zero, set=everywhere
 * says=device reports: out-of-bounds
 *
 * Right, but reads behind both arrays, by the C library's memcpy() in the kernel, whose loads the
 * compiler cannot announce to the simulator: it does not know the size, and has to call. */
#include <string.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void add_kernel(ptrdiff_t count, size_t bytes, const float *a, const float *b,
                                  float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    float beyond[2] = { 0.0f, 0.0f };

    memcpy(&beyond[0], a + count + 7, bytes);
    memcpy(&beyond[1], b + count + 9, bytes);
    if (i < count)
        y[i] = a[i] + b[i] + (beyond[0] + beyond[1] > 0.0f ? 0.0f : -0.0f);
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    add_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, sizeof *a, a, b, y);
    cuda_launched("add_kernel");
}
