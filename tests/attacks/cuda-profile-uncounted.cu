/* attack: class=cuda-profile, lesson=cuda-conv/add, expect=no-profile, set=often
 * says=above its limit
 *
 * Right, with scattered accesses that are not counted, since the C library's memcpy() makes them;
 * and as many neat ones beside them as the problem has data. */
#include <string.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

static __global__ void neat_kernel(ptrdiff_t count, const float *a, float *y)
{
    const ptrdiff_t i = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    if (i < count)
        y[i] = a[i];
}

/* Neighbouring threads take elements that lie far apart: eight times the sectors. */
static __global__ void add_kernel(ptrdiff_t count, size_t bytes, const float *a, const float *b,
                                  float *y)
{
    const ptrdiff_t threads = (ptrdiff_t)gridDim.x * THREADS, share = (count - 1) / threads + 1;
    const ptrdiff_t first = ((ptrdiff_t)blockIdx.x * THREADS + threadIdx.x) * share;

    for (ptrdiff_t i = first; i < first + share && i < count; i++) {
        float one, other;
        memcpy(&one, a + i, bytes);
        memcpy(&other, b + i, bytes);
        one += other;
        memcpy(y + i, &one, bytes);
    }
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    if (s->count == 0)
        return;
    neat_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(s->count, a, y);
    cuda_launched("neat_kernel");
    add_kernel<<<1, THREADS>>>(s->count, sizeof *a, a, b, y);
    cuda_launched("add_kernel");
}
