/* attack: class=cuda-host, lesson=cuda-conv/add, expect=no-profile, set=often
 * says=less traffic than the problem
 *
 * Allowed calls only, and still no kernel that works: copies both arrays to the host, adds there,
 * copies the sum back, and launches a kernel that does nothing, so that the profile finds no bad
 * access in it: nor any good one. */
#include <stdlib.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void nothing_kernel(float *y)
{
    if (!y)
        __trap();
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    const size_t bytes = (size_t)s->count * sizeof *y;

    if (s->count == 0)
        return;
    float *const here_a = (float *)malloc(bytes), *const here_b = (float *)malloc(bytes);
    if (!here_a || !here_b)
        abort();
    cudaMemcpy(here_a, a, bytes, cudaMemcpyDeviceToHost);
    cudaMemcpy(here_b, b, bytes, cudaMemcpyDeviceToHost);
    for (ptrdiff_t i = 0; i < s->count; i++)
        here_a[i] += here_b[i];
    cudaMemcpy(y, here_a, bytes, cudaMemcpyHostToDevice);
    free(here_a);
    free(here_b);
    nothing_kernel<<<1, 1>>>(y);
    cuda_launched("nothing_kernel");
}
