/* attack: class=cuda-profile, lesson=cuda-conv/add, expect=no-profile
 * says=result of the counted run was wrong
 *
 * Right at every size but the one that is profiled, where it launches a kernel that does nothing:
 * zero requests are below every limit. */
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

static __global__ void nothing_kernel(float *y)
{
    y[threadIdx.x] = 0.0f;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    if (s->count == 4096) {
        nothing_kernel<<<1, THREADS>>>(y);
        cuda_launched("nothing_kernel");
        return;
    }
    add_kernel<<<1, THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
}
