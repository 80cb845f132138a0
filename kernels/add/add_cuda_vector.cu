/* add_cuda_vector.cu: one thread adds four neighbouring pairs.
 *
 * Idea:  a float4 is loaded by one 16-byte instruction: a quarter of the instructions, and four
 *        times the bytes in flight per thread, which is what keeps the memory busy. A float4 must
 *        lie at a multiple of 16 bytes: where a tensor does not, and for the last count % 4
 *        elements, the same kernel goes one by one.
 * Layout: a, b, y, dy, da, db [count].
 * Cost:  1 FLOP and 12 bytes per element; backward 12 bytes.
 * Limit: memory bandwidth; only adding in the layer before, while its output is still in
 *        registers, saves the trip.
 * Source: add.h. */
#include <cuda_runtime.h>

#include <stdint.h>

extern "C" {
#include "kernels/add/add_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256, LANES = 4 };
static_assert(THREADS % 32 == 0, "a block is whole warps");
static_assert(LANES * sizeof(float) == sizeof(float4), "a float4 holds the lanes");

static __global__ void add_forward_vector_kernel(const float *a, const float *b, float *y,
                                                 ptrdiff_t count, ptrdiff_t quads)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t step = (ptrdiff_t)gridDim.x * THREADS;

    for (ptrdiff_t i = first; i < quads; i += step) {
        const float4 p = ((const float4 *)a)[i], q = ((const float4 *)b)[i];
        ((float4 *)y)[i] = make_float4(p.x + q.x, p.y + q.y, p.z + q.z, p.w + q.w);
    }
    for (ptrdiff_t i = LANES * quads + first; i < count; i += step)
        y[i] = a[i] + b[i];
}

static __global__ void add_backward_vector_kernel(const float *dy, float *da, float *db,
                                                  ptrdiff_t count, ptrdiff_t quads)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t step = (ptrdiff_t)gridDim.x * THREADS;

    for (ptrdiff_t i = first; i < quads; i += step) {
        const float4 gradient = ((const float4 *)dy)[i];        /* da or db may be dy itself */
        ((float4 *)da)[i] = gradient;
        ((float4 *)db)[i] = gradient;
    }
    for (ptrdiff_t i = LANES * quads + first; i < count; i += step) {
        const float gradient = dy[i];
        da[i] = gradient;
        db[i] = gradient;
    }
}

/* How many quads there are; none unless all three tensors begin where a float4 may. */
static ptrdiff_t quads_of(const void *a, const void *b, const void *c, ptrdiff_t count)
{
    const uintptr_t bits = (uintptr_t)a | (uintptr_t)b | (uintptr_t)c;
    return bits % sizeof(float4) == 0 ? count / LANES : 0;
}

/* Enough threads for the quads, or for the elements that are left over if those are more. */
static unsigned blocks_for(ptrdiff_t count, ptrdiff_t quads)
{
    const ptrdiff_t rest = count - LANES * quads;
    return cuda_blocks(quads > rest ? quads : rest, THREADS);
}

extern "C" void add_forward_cuda_vector(const add_shape *s, const float *a, const float *b,
                                        float *y)
{
    const ptrdiff_t quads = quads_of(a, b, y, s->count);

    if (s->count == 0)
        return;                                 /* a grid of no blocks is a launch error */
    add_forward_vector_kernel<<<blocks_for(s->count, quads), THREADS>>>(a, b, y, s->count, quads);
    cuda_launched("add_forward_vector_kernel");
}

extern "C" void add_backward_cuda_vector(const add_shape *s, const float *dy, float *da, float *db)
{
    const ptrdiff_t quads = quads_of(dy, da, db, s->count);

    if (s->count == 0)
        return;
    add_backward_vector_kernel<<<blocks_for(s->count, quads), THREADS>>>(dy, da, db, s->count,
                                                                         quads);
    cuda_launched("add_backward_vector_kernel");
}
