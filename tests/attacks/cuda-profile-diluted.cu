/* attack: class=cuda-profile, lesson=cuda-conv/add, expect=no-profile, set=often
 * says=above its limit
 *
 * Right, with scattered accesses, and a good average: a second kernel loads one and the same
 * element a hundred times in every lane, one sector per request, so that the mean over all
 * requests is below the limit. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

/* Neighbouring threads take elements that lie far apart: eight times the sectors. */
static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t threads = (ptrdiff_t)gridDim.x * THREADS, share = (count - 1) / threads + 1;
    const ptrdiff_t first = ((ptrdiff_t)blockIdx.x * THREADS + threadIdx.x) * share;

    for (ptrdiff_t i = first; i < first + share && i < count; i++)
        y[i] = a[i] + b[i];
}

static __global__ void dilute_kernel(const float *a, float *y)
{
    float nothing = 0.0f;

    for (int i = 0; i < 100; i++)
        nothing += *(const volatile float *)a;
    if (nothing == 12345.678f)
        y[0] = nothing;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    add_kernel<<<1, THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
    if (s->count < 4096)
        return;
    dilute_kernel<<<1, THREADS>>>(a, y);
    cuda_launched("dilute_kernel");
}
