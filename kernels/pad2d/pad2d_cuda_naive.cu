/* pad2d_cuda_naive.cu: one thread writes one output element.
 *
 * Idea:  thread i of the forward pass owns y[i] and asks whether it lies inside the image; thread i
 *        of the backward pass owns dx[i] and knows where it went. Neighbours own neighbouring
 *        columns, so loads and stores of a warp lie side by side.
 * Layout: x, dx [n][c][h][w], y, dy [n][c][oh][ow].
 * Cost:  no FLOP; 4 * (n*c*h*w + n*c*oh*ow) bytes.
 * Limit: the bytes themselves: a convolution that tests its border while it loads needs no padded
 *        copy at all.
 * Source: pad2d.h. */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/pad2d/pad2d_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static __global__ void pad2d_forward_kernel(const pad2d_shape s, const float *x, float *y,
                                            ptrdiff_t outputs)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < outputs; i += (ptrdiff_t)gridDim.x * THREADS) {
        const int ow = (int)(i % s.ow), oh = (int)(i / s.ow % s.oh);
        const ptrdiff_t plane = i / s.ow / s.oh;
        const int ih = oh - s.pad_top, iw = ow - s.pad_left;
        const bool inside = ih >= 0 && ih < s.h && iw >= 0 && iw < s.w;
        y[i] = inside ? x[(plane * s.h + ih) * s.w + iw] : s.value;
    }
}

static __global__ void pad2d_backward_kernel(const pad2d_shape s, const float *dy, float *dx,
                                             ptrdiff_t inputs)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < inputs; i += (ptrdiff_t)gridDim.x * THREADS) {
        const int iw = (int)(i % s.w), ih = (int)(i / s.w % s.h);
        const ptrdiff_t plane = i / s.w / s.h;
        dx[i] = dy[(plane * s.oh + ih + s.pad_top) * s.ow + iw + s.pad_left];
    }
}

extern "C" void pad2d_forward_cuda_naive(const pad2d_shape *s, const float *x, float *y)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->c * s->oh * s->ow;

    if (outputs == 0)
        return;                                 /* a grid of no blocks is a launch error */
    pad2d_forward_kernel<<<cuda_blocks(outputs, THREADS), THREADS>>>(*s, x, y, outputs);
    cuda_launched("pad2d_forward_kernel");
}

extern "C" void pad2d_backward_cuda_naive(const pad2d_shape *s, const float *dy, float *dx)
{
    const ptrdiff_t inputs = (ptrdiff_t)s->n * s->c * s->h * s->w;

    if (inputs == 0)
        return;
    pad2d_backward_kernel<<<cuda_blocks(inputs, THREADS), THREADS>>>(*s, dy, dx, inputs);
    cuda_launched("pad2d_backward_kernel");
}
