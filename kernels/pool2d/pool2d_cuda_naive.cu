/* pool2d_cuda_naive.cu: one thread computes one element, in both directions.
 *
 * Idea:  forward, a thread walks its window. Backward the other way round: instead of every window
 *        adding its gradient to the element it chose (threads would have to add atomically, in an
 *        order that changes from run to run), every input element looks up the few windows that
 *        hold it and takes what is its own. Nothing is added twice, nothing is cleared first.
 * Layout: x, dx [n][c][h][w], y, dy, index [n][c][oh][ow].
 * Cost:  forward one load per tap; backward (kernel / stride)^2 loads per input, rounded up.
 * Limit: one thread walks a whole window: in global pooling there are few windows and long walks.
 *        pool2d_cuda_warp.cu gives a large window a warp.
 * Source: pool2d.h. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/pool2d/pool2d_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static __global__ void pool2d_max_forward_kernel(const pool2d_shape s, const float *x, float *y,
                                                 int32_t *index, ptrdiff_t outputs)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < outputs; i += (ptrdiff_t)gridDim.x * THREADS) {
        const int ow = (int)(i % s.ow), oh = (int)(i / s.ow % s.oh);
        const float *const image = x + i / s.ow / s.oh * s.h * s.w;
        float largest = -INFINITY;
        int32_t at = -1;
        for (int kh = 0; kh < s.kernel_h; kh++)
            for (int kw = 0; kw < s.kernel_w; kw++) {
                const ptrdiff_t ih =
                    (ptrdiff_t)oh * s.stride_h - s.pad_top + (ptrdiff_t)kh * s.dilation_h;
                const ptrdiff_t iw =
                    (ptrdiff_t)ow * s.stride_w - s.pad_left + (ptrdiff_t)kw * s.dilation_w;
                if (ih < 0 || ih >= s.h || iw < 0 || iw >= s.w)
                    continue;
                const float value = image[ih * s.w + iw];
                if (at < 0 || value > largest || (isnan(value) && !isnan(largest))) {
                    largest = value;
                    at = (int32_t)(ih * s.w + iw);
                }
            }
        y[i] = largest;
        index[i] = at;
    }
}

/* The windows, in one direction, that reach input coordinate `i`: numbers first to last. With
 * dilation some of them step over it. */
struct span {
    ptrdiff_t first, last;
};

static __device__ span windows_over(ptrdiff_t i, int pad, int kernel, int dilation, int stride,
                                    int windows)
{
    const ptrdiff_t end = i + pad, begin = end - (ptrdiff_t)(kernel - 1) * dilation;
    const ptrdiff_t first = begin > 0 ? (begin + stride - 1) / stride : 0, last = end / stride;

    return { first, last < windows ? last : windows - 1 };
}

static __global__ void pool2d_max_backward_kernel(const pool2d_shape s, const float *dy,
                                                  const int32_t *index, float *dx,
                                                  ptrdiff_t inputs)
{
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = start; i < inputs; i += (ptrdiff_t)gridDim.x * THREADS) {
        const int iw = (int)(i % s.w), ih = (int)(i / s.w % s.h);
        const ptrdiff_t outputs = i / s.w / s.h * s.oh * s.ow;
        const span rows = windows_over(ih, s.pad_top, s.kernel_h, s.dilation_h, s.stride_h, s.oh);
        const span columns =
            windows_over(iw, s.pad_left, s.kernel_w, s.dilation_w, s.stride_w, s.ow);
        float sum = 0.0f;
        for (ptrdiff_t oh = rows.first; oh <= rows.last; oh++)
            for (ptrdiff_t ow = columns.first; ow <= columns.last; ow++) {
                const ptrdiff_t o = outputs + oh * s.ow + ow;
                if (index[o] == ih * s.w + iw)
                    sum += dy[o];
            }
        dx[i] = sum;
    }
}

/* How many elements of window number `o`, in one direction, count in its average. */
static __device__ ptrdiff_t counted(int o, int extent, int kernel, int stride, int pad_before,
                                    int pad_after, bool include_pad)
{
    const ptrdiff_t start = (ptrdiff_t)o * stride - pad_before, end = start + kernel;
    const ptrdiff_t low = include_pad ? -pad_before : 0;
    const ptrdiff_t high = (ptrdiff_t)extent + (include_pad ? pad_after : 0);

    return (end < high ? end : high) - (start > low ? start : low);
}

static __device__ float divisor(const pool2d_shape &s, int oh, int ow)
{
    return (float)(counted(oh, s.h, s.kernel_h, s.stride_h, s.pad_top, s.pad_bottom,
                           s.count_include_pad) *
                   counted(ow, s.w, s.kernel_w, s.stride_w, s.pad_left, s.pad_right,
                           s.count_include_pad));
}

static __global__ void pool2d_average_forward_kernel(const pool2d_shape s, const float *x, float *y,
                                                     ptrdiff_t outputs)
{
    const ptrdiff_t first = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = first; i < outputs; i += (ptrdiff_t)gridDim.x * THREADS) {
        const int ow = (int)(i % s.ow), oh = (int)(i / s.ow % s.oh);
        const float *const image = x + i / s.ow / s.oh * s.h * s.w;
        float sum = 0.0f;
        for (int kh = 0; kh < s.kernel_h; kh++)
            for (int kw = 0; kw < s.kernel_w; kw++) {
                const ptrdiff_t ih = (ptrdiff_t)oh * s.stride_h - s.pad_top + kh;
                const ptrdiff_t iw = (ptrdiff_t)ow * s.stride_w - s.pad_left + kw;
                if (ih >= 0 && ih < s.h && iw >= 0 && iw < s.w)
                    sum += image[ih * s.w + iw];
            }
        y[i] = sum / divisor(s, oh, ow);
    }
}

static __global__ void pool2d_average_backward_kernel(const pool2d_shape s, const float *dy,
                                                      float *dx, ptrdiff_t inputs)
{
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;

    for (ptrdiff_t i = start; i < inputs; i += (ptrdiff_t)gridDim.x * THREADS) {
        const int iw = (int)(i % s.w), ih = (int)(i / s.w % s.h);
        const ptrdiff_t outputs = i / s.w / s.h * s.oh * s.ow;
        const span rows = windows_over(ih, s.pad_top, s.kernel_h, 1, s.stride_h, s.oh);
        const span columns = windows_over(iw, s.pad_left, s.kernel_w, 1, s.stride_w, s.ow);
        float sum = 0.0f;
        for (ptrdiff_t oh = rows.first; oh <= rows.last; oh++)
            for (ptrdiff_t ow = columns.first; ow <= columns.last; ow++)
                sum += dy[outputs + oh * s.ow + ow] / divisor(s, (int)oh, (int)ow);
        dx[i] = sum;
    }
}

extern "C" void pool2d_max_forward_cuda_naive(const pool2d_shape *s, const float *x, float *y,
                                              int32_t *index)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->c * s->oh * s->ow;

    if (outputs == 0)
        return;                                 /* a grid of no blocks is a launch error */
    pool2d_max_forward_kernel<<<cuda_blocks(outputs, THREADS), THREADS>>>(*s, x, y, index,
                                                                          outputs);
    cuda_launched("pool2d_max_forward_kernel");
}

extern "C" void pool2d_max_backward_cuda_naive(const pool2d_shape *s, const float *dy,
                                               const int32_t *index, float *dx)
{
    const ptrdiff_t inputs = (ptrdiff_t)s->n * s->c * s->h * s->w;

    if (inputs == 0)
        return;
    pool2d_max_backward_kernel<<<cuda_blocks(inputs, THREADS), THREADS>>>(*s, dy, index, dx,
                                                                          inputs);
    cuda_launched("pool2d_max_backward_kernel");
}

extern "C" void pool2d_average_forward_cuda_naive(const pool2d_shape *s, const float *x, float *y)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->c * s->oh * s->ow;

    if (outputs == 0)
        return;
    pool2d_average_forward_kernel<<<cuda_blocks(outputs, THREADS), THREADS>>>(*s, x, y, outputs);
    cuda_launched("pool2d_average_forward_kernel");
}

extern "C" void pool2d_average_backward_cuda_naive(const pool2d_shape *s, const float *dy,
                                                   float *dx)
{
    const ptrdiff_t inputs = (ptrdiff_t)s->n * s->c * s->h * s->w;

    if (inputs == 0)
        return;
    pool2d_average_backward_kernel<<<cuda_blocks(inputs, THREADS), THREADS>>>(*s, dy, dx, inputs);
    cuda_launched("pool2d_average_backward_kernel");
}
