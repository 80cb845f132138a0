/* attack: class=cuda-simulator, lesson=cuda-conv/add, expect=zero
 * says=uses 'no_sanitize
 *
 * Right, but reads behind both arrays, in a device function that asks the compiler not to insert
 * the simulator's checks. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

__attribute__((no_sanitize("thread"), no_sanitize_thread, noinline)) static __device__ float
beyond(const volatile float *at)
{
    return *at;
}

static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const float nothing = beyond(a + count + 7) + beyond(b + count + 9);

    if (i < count)
        y[i] = a[i] + b[i] + (nothing > 0.0f ? 0.0f : -0.0f);
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    add_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
}
