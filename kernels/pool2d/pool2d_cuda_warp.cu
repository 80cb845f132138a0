/* pool2d_cuda_warp.cu: one warp computes one output element, for large windows.
 *
 * Idea:  the 32 lanes share out the taps of a window, neighbouring lanes taking neighbouring taps,
 *        and combine what they found by shuffles in five steps: sums for the average, pairs of
 *        value and place for the maximum. A global average over 7x7 has 49 taps: two rounds instead
 *        of 49 loads one after the other.
 * Layout: x [n][c][h][w], y, index [n][c][oh][ow].
 * Cost:  one load per tap, and 5 or 10 shuffles per output.
 * Limit: a window must fill a warp: fewer than 32 taps would leave lanes idle and are not
 *        supported. Overlapping windows read their input anew.
 * Source: pool2d.h. */
#include <cuda_runtime.h>

#include <math.h>

extern "C" {
#include "kernels/pool2d/pool2d_variants.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { WARP = 32, WARPS = 8, THREADS = WARP * WARPS };

/* The taps of one window, in one direction, that lie inside the image. */
struct taps {
    ptrdiff_t first, count;
};

static __device__ taps clip(int o, int stride, int pad, int kernel, int dilation, int extent)
{
    const ptrdiff_t start = (ptrdiff_t)o * stride - pad;
    const ptrdiff_t skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const ptrdiff_t reach = start < extent ? (extent - start + dilation - 1) / dilation : 0;
    const ptrdiff_t end = reach < kernel ? reach : kernel;

    return { start + skipped * dilation, end > skipped ? end - skipped : 0 };
}

/* A value and where in the image it is; -1: nowhere. */
struct candidate {
    float value;
    int32_t at;
};

/* The larger one; NaN is larger than any number; of equals, the earlier one. */
static __device__ candidate winner(candidate a, candidate b)
{
    if (a.at < 0 || b.at < 0)
        return a.at < 0 ? b : a;
    if (isnan(a.value) != isnan(b.value))
        return isnan(a.value) ? a : b;
    if (a.value > b.value || a.value < b.value)
        return a.value > b.value ? a : b;
    return a.at < b.at ? a : b;
}

static __global__ void pool2d_max_forward_warp_kernel(const pool2d_shape s, const float *x,
                                                      float *y, int32_t *index, ptrdiff_t outputs)
{
    const int lane = (int)threadIdx.x % WARP;
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * WARPS + threadIdx.x / WARP;

    for (ptrdiff_t i = start; i < outputs; i += (ptrdiff_t)gridDim.x * WARPS) {
        const float *const image = x + i / s.ow / s.oh * s.h * s.w;
        const taps rows = clip((int)(i / s.ow % s.oh), s.stride_h, s.pad_top, s.kernel_h,
                               s.dilation_h, s.h);
        const taps columns = clip((int)(i % s.ow), s.stride_w, s.pad_left, s.kernel_w,
                                  s.dilation_w, s.w);
        candidate best = { -INFINITY, -1 };
        for (ptrdiff_t tap = lane; tap < rows.count * columns.count; tap += WARP) {
            const ptrdiff_t ih = rows.first + tap / columns.count * s.dilation_h;
            const ptrdiff_t iw = columns.first + tap % columns.count * s.dilation_w;
            best = winner(best, { image[ih * s.w + iw], (int32_t)(ih * s.w + iw) });
        }
        for (int distance = WARP / 2; distance > 0; distance /= 2)
            best = winner(best, { __shfl_xor_sync(0xffffffffu, best.value, distance),
                                  __shfl_xor_sync(0xffffffffu, best.at, distance) });
        if (lane == 0) {
            y[i] = best.value;
            index[i] = best.at;
        }
    }
}

/* How many elements of a window count in its average; only what ceil_mode adds behind the padding
 * is left out of an average that includes the padding. */
static __device__ float divisor(const pool2d_shape &s, int oh, int ow, taps rows, taps columns)
{
    const ptrdiff_t left_h =
        (ptrdiff_t)s.h + s.pad_top + s.pad_bottom - (ptrdiff_t)oh * s.stride_h;
    const ptrdiff_t left_w =
        (ptrdiff_t)s.w + s.pad_left + s.pad_right - (ptrdiff_t)ow * s.stride_w;

    if (!s.count_include_pad)
        return (float)(rows.count * columns.count);
    return (float)((left_h < s.kernel_h ? left_h : s.kernel_h) *
                   (left_w < s.kernel_w ? left_w : s.kernel_w));
}

static __global__ void pool2d_average_forward_warp_kernel(const pool2d_shape s, const float *x,
                                                          float *y, ptrdiff_t outputs)
{
    const int lane = (int)threadIdx.x % WARP;
    const ptrdiff_t start = (ptrdiff_t)blockIdx.x * WARPS + threadIdx.x / WARP;

    for (ptrdiff_t i = start; i < outputs; i += (ptrdiff_t)gridDim.x * WARPS) {
        const int ow = (int)(i % s.ow), oh = (int)(i / s.ow % s.oh);
        const float *const image = x + i / s.ow / s.oh * s.h * s.w;
        const taps rows = clip(oh, s.stride_h, s.pad_top, s.kernel_h, 1, s.h);
        const taps columns = clip(ow, s.stride_w, s.pad_left, s.kernel_w, 1, s.w);
        float sum = 0.0f;
        for (ptrdiff_t tap = lane; tap < rows.count * columns.count; tap += WARP) {
            const ptrdiff_t ih = rows.first + tap / columns.count;
            const ptrdiff_t iw = columns.first + tap % columns.count;
            sum += image[ih * s.w + iw];
        }
        for (int distance = WARP / 2; distance > 0; distance /= 2)
            sum += __shfl_xor_sync(0xffffffffu, sum, distance);
        if (lane == 0)
            y[i] = sum / divisor(s, oh, ow, rows, columns);
    }
}

extern "C" bool pool2d_supports_cuda_warp(const pool2d_shape *s)
{
    return (int64_t)s->kernel_h * s->kernel_w >= WARP;
}

extern "C" void pool2d_max_forward_cuda_warp(const pool2d_shape *s, const float *x, float *y,
                                             int32_t *index)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->c * s->oh * s->ow;

    if (outputs == 0)
        return;                                 /* a grid of no blocks is a launch error */
    pool2d_max_forward_warp_kernel<<<cuda_blocks(outputs, WARPS), THREADS>>>(*s, x, y, index,
                                                                             outputs);
    cuda_launched("pool2d_max_forward_warp_kernel");
}

extern "C" void pool2d_average_forward_cuda_warp(const pool2d_shape *s, const float *x, float *y)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->c * s->oh * s->ow;

    if (outputs == 0)
        return;
    pool2d_average_forward_warp_kernel<<<cuda_blocks(outputs, WARPS), THREADS>>>(*s, x, y,
                                                                                 outputs);
    cuda_launched("pool2d_average_forward_warp_kernel");
}
