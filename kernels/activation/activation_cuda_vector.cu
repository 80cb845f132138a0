/* activation_cuda_vector.cu: one thread computes four neighbouring elements.
 *
 * Idea:  a float4 is loaded by one 16-byte instruction: a quarter of the instructions, and four
 *        times the bytes in flight per thread, which is what keeps the memory busy. The kind is a
 *        template argument, so that the compiler decides it once and not the thread per element.
 *        A float4 must lie at a multiple of 16 bytes: where a tensor does not, and for the last
 *        count % 4 elements, the same kernel goes one by one.
 * Cost:  1 to about 20 FLOP and 8 bytes per element, backward 12 bytes.
 * Limit: memory bandwidth; only computing the activation in the layer before, while its output is
 *        still in registers, saves the trip.
 * Source: activation.h. */
#include <cuda_runtime.h>

#include <stdint.h>

extern "C" {
#include "kernels/activation/activation_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256, LANES = 4 };
static_assert(THREADS % 32 == 0, "a block is whole warps");
static_assert(LANES * sizeof(float) == sizeof(float4), "a float4 holds the lanes");

template <activation_kind KIND> static __device__ float activate(float slope, float x)
{
    switch (KIND) {
    case ACTIVATION_RELU: return x < 0.0f ? 0.0f : x;   /* NaN < 0 is false: NaN stays */
    case ACTIVATION_LEAKY_RELU: return x < 0.0f ? slope * x : x;
    case ACTIVATION_SIGMOID: return 1.0f / (1.0f + expf(-x));
    case ACTIVATION_TANH: break;
    }
    return tanhf(x);
}

/* `from` is x for relu and leaky relu, y for sigmoid and tanh. */
template <activation_kind KIND> static __device__ float derivative(float slope, float from,
                                                                   float dy)
{
    switch (KIND) {
    case ACTIVATION_RELU: return from > 0.0f ? dy : 0.0f;
    case ACTIVATION_LEAKY_RELU: return from > 0.0f ? dy : slope * dy;
    case ACTIVATION_SIGMOID: return dy * from * (1.0f - from);
    case ACTIVATION_TANH: break;
    }
    return dy * (1.0f - from * from);
}

template <activation_kind KIND>
static __global__ void activation_forward_vector_kernel(float slope, const float *x, float *y,
                                                        ptrdiff_t count, ptrdiff_t quads)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t step = (ptrdiff_t)gridDim.x * THREADS;

    for (ptrdiff_t i = first; i < quads; i += step) {
        const float4 in = ((const float4 *)x)[i];
        ((float4 *)y)[i] = make_float4(activate<KIND>(slope, in.x), activate<KIND>(slope, in.y),
                                       activate<KIND>(slope, in.z), activate<KIND>(slope, in.w));
    }
    for (ptrdiff_t i = LANES * quads + first; i < count; i += step)
        y[i] = activate<KIND>(slope, x[i]);
}

template <activation_kind KIND>
static __global__ void activation_backward_vector_kernel(float slope, const float *from,
                                                         const float *dy, float *dx,
                                                         ptrdiff_t count, ptrdiff_t quads)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t step = (ptrdiff_t)gridDim.x * THREADS;

    for (ptrdiff_t i = first; i < quads; i += step) {
        const float4 f = ((const float4 *)from)[i], g = ((const float4 *)dy)[i];
        ((float4 *)dx)[i] =
            make_float4(derivative<KIND>(slope, f.x, g.x), derivative<KIND>(slope, f.y, g.y),
                        derivative<KIND>(slope, f.z, g.z), derivative<KIND>(slope, f.w, g.w));
    }
    for (ptrdiff_t i = LANES * quads + first; i < count; i += step)
        dx[i] = derivative<KIND>(slope, from[i], dy[i]);
}

static bool aligned(const void *p)
{
    return (uintptr_t)p % sizeof(float4) == 0;
}

/* Enough threads for the quads, or for the elements that are left over if those are more. */
static unsigned blocks_for(ptrdiff_t count, ptrdiff_t quads)
{
    const ptrdiff_t rest = count - LANES * quads;
    return cuda_blocks(quads > rest ? quads : rest, THREADS);
}

template <activation_kind KIND>
static void forward(const activation_shape *s, const float *x, float *y)
{
    const ptrdiff_t quads = aligned(x) && aligned(y) ? s->count / LANES : 0;

    activation_forward_vector_kernel<KIND>
        <<<blocks_for(s->count, quads), THREADS>>>(s->slope, x, y, s->count, quads);
    cuda_launched("activation_forward_vector_kernel");
}

template <activation_kind KIND>
static void backward(const activation_shape *s, const float *from, const float *dy, float *dx)
{
    const bool fits = aligned(from) && aligned(dy) && aligned(dx);
    const ptrdiff_t quads = fits ? s->count / LANES : 0;

    activation_backward_vector_kernel<KIND>
        <<<blocks_for(s->count, quads), THREADS>>>(s->slope, from, dy, dx, s->count, quads);
    cuda_launched("activation_backward_vector_kernel");
}

extern "C" void activation_forward_cuda_vector(const activation_shape *s, const float *x, float *y)
{
    if (s->count == 0)
        return;                                 /* a grid of no blocks is a launch error */
    switch (s->kind) {
    case ACTIVATION_RELU: forward<ACTIVATION_RELU>(s, x, y); break;
    case ACTIVATION_LEAKY_RELU: forward<ACTIVATION_LEAKY_RELU>(s, x, y); break;
    case ACTIVATION_SIGMOID: forward<ACTIVATION_SIGMOID>(s, x, y); break;
    case ACTIVATION_TANH: forward<ACTIVATION_TANH>(s, x, y); break;
    }
}

extern "C" void activation_backward_cuda_vector(const activation_shape *s, const float *x,
                                                const float *y, const float *dy, float *dx)
{
    if (s->count == 0)
        return;
    switch (s->kind) {
    case ACTIVATION_RELU: backward<ACTIVATION_RELU>(s, x, dy, dx); break;
    case ACTIVATION_LEAKY_RELU: backward<ACTIVATION_LEAKY_RELU>(s, x, dy, dx); break;
    case ACTIVATION_SIGMOID: backward<ACTIVATION_SIGMOID>(s, y, dy, dx); break;
    case ACTIVATION_TANH: backward<ACTIVATION_TANH>(s, y, dy, dx); break;
    }
}
