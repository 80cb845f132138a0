/* attack: class=cuda-pointer, lesson=cuda-conv/add, expect=zero
 * says=device reports: (out-of-bounds|use-after-free)
 *
 * Right, but reads and writes beyond the arrays by addresses made of integers, whose origin no
 * checker can follow: the elements behind y, and 64 KiB in front of a. */
#include <stdint.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const uintptr_t in_front = (uintptr_t)a - 65536, behind = (uintptr_t)(y + count);

    if (i < count)
        y[i] = a[i] + b[i];
    if (i == 0)
        *(volatile float *)behind = *(const volatile float *)in_front;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    add_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
}
