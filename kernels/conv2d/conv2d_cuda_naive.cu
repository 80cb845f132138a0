/* conv2d_cuda_naive.cu: one thread computes one element of y, dx, dw or db.
 *
 * Idea:   every output is independent, so give each its own thread and let the caches do the rest.
 *         dx is gathered, not scattered: a thread looks for the windows that read its input
 *         element, so that no two threads add to the same place. Neighbouring threads hold
 *         neighbouring columns: their loads of x and dy and their stores coalesce.
 * Layout: as in conv2d.h.
 * Cost:   2 * n * oc * oh * ow * (c/groups) * kernel_h * kernel_w FLOP per pass; each
 *         multiply-add loads two floats.
 * Limit:  each thread reads its window from global memory and shares nothing with its neighbours;
 *         a weight gradient is one long sum in one thread. conv2d_cuda_tiled.cu puts the overlap
 *         into shared memory and gives a block to each weight.
 * Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016. */
#include <cuda_runtime.h>

#include <stddef.h>

extern "C" {
#include "kernels/conv2d/conv2d_variants.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static unsigned blocks_for(ptrdiff_t outputs)
{
    return (unsigned)((outputs + THREADS - 1) / THREADS);
}

static __global__ void conv2d_forward_kernel(conv2d_shape s, const float *x, const float *w,
                                             const float *b, float *y, ptrdiff_t outputs)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    if (at >= outputs)
        return;                                 /* no barrier below, so leaving early is safe */

    const int ow = (int)(at % s.ow), oh = (int)(at / s.ow % s.oh);
    const int oc = (int)(at / s.ow / s.oh % s.oc);
    const ptrdiff_t n = at / s.ow / s.oh / s.oc;
    const int group_c = s.c / s.groups, first_c = oc / (s.oc / s.groups) * group_c;
    const float *filter = w + (ptrdiff_t)oc * group_c * s.kernel_h * s.kernel_w;
    const float *const image = x + (n * s.c + first_c) * s.h * s.w;

    float sum = b ? b[oc] : 0.0f;
    for (int c = 0; c < group_c; c++)
        for (int kh = 0; kh < s.kernel_h; kh++)
            for (int kw = 0; kw < s.kernel_w; kw++) {
                const int ih = oh * s.stride_h - s.pad_top + kh * s.dilation_h;
                const int iw = ow * s.stride_w - s.pad_left + kw * s.dilation_w;
                const float weight = *filter++;
                if (ih >= 0 && ih < s.h && iw >= 0 && iw < s.w)
                    sum += image[((ptrdiff_t)c * s.h + ih) * s.w + iw] * weight;
            }
    y[at] = sum;
}

/* Along one axis: the output whose window meets input position i with tap k, or -1 if none does. */
static __device__ int output_of(int i, int k, int pad, int dilation, int stride, int outputs)
{
    const int distance = i + pad - k * dilation;
    return distance >= 0 && distance % stride == 0 && distance / stride < outputs
               ? distance / stride : -1;
}

static __global__ void conv2d_backward_data_kernel(conv2d_shape s, const float *dy, const float *w,
                                                   float *dx, ptrdiff_t inputs)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    if (at >= inputs)
        return;

    const int iw = (int)(at % s.w), ih = (int)(at / s.w % s.h);
    const int ic = (int)(at / s.w / s.h % s.c);
    const ptrdiff_t n = at / s.w / s.h / s.c;
    const int group_c = s.c / s.groups, group_oc = s.oc / s.groups;
    const int first_oc = ic / group_c * group_oc;
    const ptrdiff_t plane = (ptrdiff_t)s.oh * s.ow, taps = (ptrdiff_t)s.kernel_h * s.kernel_w;

    float sum = 0.0f;
    for (int oc = first_oc; oc < first_oc + group_oc; oc++) {
        const float *const filter = w + ((ptrdiff_t)oc * group_c + ic % group_c) * taps;
        const float *const gradient = dy + (n * s.oc + oc) * plane;
        for (int kh = 0; kh < s.kernel_h; kh++) {
            const int oh = output_of(ih, kh, s.pad_top, s.dilation_h, s.stride_h, s.oh);
            if (oh < 0)
                continue;
            for (int kw = 0; kw < s.kernel_w; kw++) {
                const int ow = output_of(iw, kw, s.pad_left, s.dilation_w, s.stride_w, s.ow);
                if (ow >= 0)
                    sum += gradient[(ptrdiff_t)oh * s.ow + ow] *
                           filter[(ptrdiff_t)kh * s.kernel_w + kw];
            }
        }
    }
    dx[at] = sum;
}

static __global__ void conv2d_backward_weights_kernel(conv2d_shape s, const float *x,
                                                      const float *dy, float *dw,
                                                      ptrdiff_t weights)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    if (at >= weights)
        return;

    const int group_c = s.c / s.groups, group_oc = s.oc / s.groups;
    const int kw = (int)(at % s.kernel_w), kh = (int)(at / s.kernel_w % s.kernel_h);
    const int oc = (int)(at / s.kernel_w / s.kernel_h / group_c);
    const int ic = oc / group_oc * group_c + (int)(at / s.kernel_w / s.kernel_h % group_c);

    float sum = 0.0f;
    for (ptrdiff_t n = 0; n < s.n; n++) {
        const float *const image = x + (n * s.c + ic) * s.h * s.w;
        const float *const gradient = dy + (n * s.oc + oc) * s.oh * s.ow;
        for (int oh = 0; oh < s.oh; oh++) {
            const int ih = oh * s.stride_h - s.pad_top + kh * s.dilation_h;
            if (ih < 0 || ih >= s.h)
                continue;
            for (int ow = 0; ow < s.ow; ow++) {
                const int iw = ow * s.stride_w - s.pad_left + kw * s.dilation_w;
                if (iw >= 0 && iw < s.w)
                    sum += gradient[(ptrdiff_t)oh * s.ow + ow] * image[(ptrdiff_t)ih * s.w + iw];
            }
        }
    }
    dw[at] = sum;
}

static __global__ void conv2d_backward_bias_kernel(conv2d_shape s, const float *dy, float *db)
{
    const ptrdiff_t oc = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    const ptrdiff_t plane = (ptrdiff_t)s.oh * s.ow;
    if (oc >= s.oc)
        return;

    float sum = 0.0f;
    for (ptrdiff_t n = 0; n < s.n; n++)
        for (ptrdiff_t p = 0; p < plane; p++)
            sum += dy[(n * s.oc + oc) * plane + p];
    db[oc] = sum;
}

extern "C" void conv2d_forward_cuda_naive(const conv2d_shape *s, const float *x, const float *w,
                                          const float *b, float *y, void *workspace)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->oc * s->oh * s->ow;

    (void)workspace;
    if (outputs == 0)
        return;                                 /* a grid of no blocks is a launch error */
    conv2d_forward_kernel<<<blocks_for(outputs), THREADS>>>(*s, x, w, b, y, outputs);
    cuda_launched("conv2d_forward_kernel");
}

extern "C" void conv2d_backward_data_cuda_naive(const conv2d_shape *s, const float *dy,
                                                const float *w, float *dx, void *workspace)
{
    const ptrdiff_t inputs = (ptrdiff_t)s->n * s->c * s->h * s->w;

    (void)workspace;
    if (inputs == 0)
        return;
    conv2d_backward_data_kernel<<<blocks_for(inputs), THREADS>>>(*s, dy, w, dx, inputs);
    cuda_launched("conv2d_backward_data_kernel");
}

extern "C" void conv2d_backward_weights_cuda_naive(const conv2d_shape *s, const float *x,
                                                   const float *dy, float *dw, float *db,
                                                   void *workspace)
{
    const ptrdiff_t weights = (ptrdiff_t)s->oc * (s->c / s->groups) * s->kernel_h * s->kernel_w;

    (void)workspace;
    conv2d_backward_weights_kernel<<<blocks_for(weights), THREADS>>>(*s, x, dy, dw, weights);
    cuda_launched("conv2d_backward_weights_kernel");
    if (!db)
        return;
    conv2d_backward_bias_kernel<<<blocks_for(s->oc), THREADS>>>(*s, dy, db);
    cuda_launched("conv2d_backward_bias_kernel");
}
