/* activation_cuda_naive.cu: one thread computes one element.
 *
 * Idea:  elements need nothing from each other: thread i reads x[i] and writes y[i]. Neighbouring
 *        threads touch neighbouring addresses, so a warp's 32 loads become four 32-byte sectors.
 * Cost:  1 to about 20 FLOP and 8 bytes per element, backward 12 bytes.
 * Limit: one element asked for per thread and per instruction, and the kind tested for each;
 *        activation_cuda_vector.cu moves four elements at once.
 * Source: activation.h. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/activation/activation_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static __device__ float activate(const activation_shape &s, float x)
{
    switch (s.kind) {
    case ACTIVATION_RELU: return x < 0.0f ? 0.0f : x;   /* NaN < 0 is false: NaN stays */
    case ACTIVATION_LEAKY_RELU: return x < 0.0f ? s.slope * x : x;
    case ACTIVATION_SIGMOID: return 1.0f / (1.0f + expf(-x));
    case ACTIVATION_TANH: break;
    }
    return tanhf(x);
}

/* Reads only that of x and y which its kind needs: the other one may be overwritten by now. */
static __device__ float derivative(const activation_shape &s, const float *x, const float *y,
                                   float dy)
{
    switch (s.kind) {
    case ACTIVATION_RELU: return *x > 0.0f ? dy : 0.0f;
    case ACTIVATION_LEAKY_RELU: return *x > 0.0f ? dy : s.slope * dy;
    case ACTIVATION_SIGMOID: return dy * *y * (1.0f - *y);
    case ACTIVATION_TANH: break;
    }
    return dy * (1.0f - *y * *y);
}

static __global__ void activation_forward_kernel(const activation_shape s, const float *x, float *y)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < s.count; i += (ptrdiff_t)gridDim.x * THREADS)
        y[i] = activate(s, x[i]);
}

static __global__ void activation_backward_kernel(const activation_shape s, const float *x,
                                                  const float *y, const float *dy, float *dx)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < s.count; i += (ptrdiff_t)gridDim.x * THREADS)
        dx[i] = derivative(s, x + i, y + i, dy[i]);
}

extern "C" void activation_forward_cuda_naive(const activation_shape *s, const float *x, float *y)
{
    if (s->count == 0)
        return;                                 /* a grid of no blocks is a launch error */
    activation_forward_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(*s, x, y);
    cuda_launched("activation_forward_kernel");
}

extern "C" void activation_backward_cuda_naive(const activation_shape *s, const float *x,
                                               const float *y, const float *dy, float *dx)
{
    if (s->count == 0)
        return;
    activation_backward_kernel<<<cuda_blocks(s->count, THREADS), THREADS>>>(*s, x, y, dy, dx);
    cuda_launched("activation_backward_kernel");
}
