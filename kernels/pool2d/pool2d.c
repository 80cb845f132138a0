/* pool2d.c: shape rules, validation and the table of variants. */
#include "kernels/pool2d/pool2d.h"

#include <limits.h>

#include "kernels/core/extent.h"
#include "kernels/core/launch_status.h"
#include "kernels/pool2d/pool2d_variants.h"

const pool2d_variant pool2d_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "walks every window, border tests included" },
      .max_forward = pool2d_max_forward_naive,
      .max_backward = pool2d_max_backward_naive,
      .average_forward = pool2d_average_forward_naive,
      .average_backward = pool2d_average_backward_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32,
                "clips windows beforehand, planes in parallel, 2x2 in vectors" },
      .max_forward = pool2d_max_forward_openmp,
      .max_backward = pool2d_max_backward_openmp,
      .average_forward = pool2d_average_forward_openmp,
      .average_backward = pool2d_average_backward_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32,
                "one thread per output, backward one per input" },
      .max_forward = pool2d_max_forward_cuda_naive,
      .max_backward = pool2d_max_backward_cuda_naive,
      .average_forward = pool2d_average_forward_cuda_naive,
      .average_backward = pool2d_average_backward_cuda_naive },
    { .info = { "cuda_warp", SPACE_CUDA, PRECISION_FP32, "one warp per window of 32 taps or more" },
      .supports = pool2d_supports_cuda_warp,
      .max_forward = pool2d_max_forward_cuda_warp,
      .max_backward = pool2d_max_backward_cuda_naive,   /* few windows hold an input: no work */
      .average_forward = pool2d_average_forward_cuda_warp,
      .average_backward = pool2d_average_backward_cuda_naive },
#endif
};
const size_t pool2d_variant_count = sizeof pool2d_variants / sizeof pool2d_variants[0];

/* One direction: checks it and computes the number of windows. */
static bool count_windows(int extent, int kernel, int stride, int pad_before, int pad_after,
                          int dilation, bool ceil_mode, int *windows)
{
    int padded;

    if (extent < 1 || kernel < 1 || stride < 1 || pad_before < 0 || pad_after < 0 || dilation < 1)
        return false;
    if (!extent_sum(extent, pad_before, &padded) || !extent_sum(padded, pad_after, &padded))
        return false;
    const int64_t window = (int64_t)dilation * (kernel - 1) + 1;
    const int64_t steps = padded - window + (ceil_mode ? stride - 1 : 0);
    if (pad_before >= window || pad_after >= window || steps < 0)
        return false;
    *windows = (int)(steps / stride) + 1;
    if (ceil_mode && (int64_t)(*windows - 1) * stride >= (int64_t)extent + pad_before)
        *windows -= 1;                          /* the last one would see nothing but padding */
    return true;
}

status pool2d_shape_init(pool2d_shape *s)
{
    if (s->n < 0 || s->c < 1)
        return STATUS_SHAPE;
    if (!count_windows(s->h, s->kernel_h, s->stride_h, s->pad_top, s->pad_bottom, s->dilation_h,
                       s->ceil_mode, &s->oh) ||
        !count_windows(s->w, s->kernel_w, s->stride_w, s->pad_left, s->pad_right, s->dilation_w,
                       s->ceil_mode, &s->ow))
        return STATUS_SHAPE;
    const int x[] = { s->n, s->c, s->h, s->w }, y[] = { s->n, s->c, s->oh, s->ow };
    if (!extent_product(4, x, NULL) || !extent_product(4, y, NULL))
        return STATUS_SHAPE;
    return (ptrdiff_t)s->h * s->w <= INT_MAX ? STATUS_OK : STATUS_SHAPE;
}

pool2d_shape pool2d_shape_global(int n, int c, int h, int w)
{
    return (pool2d_shape){ .n = n, .c = c, .h = h, .w = w, .kernel_h = h, .kernel_w = w,
                           .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1 };
}

static status validate(const pool2d_variant *v, const pool2d_shape *s)
{
    pool2d_shape fresh = *s;

    if (pool2d_shape_init(&fresh) != STATUS_OK || fresh.oh != s->oh || fresh.ow != s->ow)
        return STATUS_SHAPE;
    return v->supports && !v->supports(s) ? STATUS_UNSUPPORTED : STATUS_OK;
}

static status validate_average(const pool2d_variant *v, const pool2d_shape *s)
{
    return s->dilation_h == 1 && s->dilation_w == 1 ? validate(v, s) : STATUS_SHAPE;
}

status pool2d_max_forward(const pool2d_variant *v, const pool2d_shape *s, const float *x, float *y,
                          int32_t *index)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->max_forward)
        return STATUS_UNSUPPORTED;
    v->max_forward(s, x, y, index);
    return launch_status();
}

status pool2d_max_backward(const pool2d_variant *v, const pool2d_shape *s, const float *dy,
                           const int32_t *index, float *dx)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->max_backward)
        return STATUS_UNSUPPORTED;
    v->max_backward(s, dy, index, dx);
    return launch_status();
}

status pool2d_average_forward(const pool2d_variant *v, const pool2d_shape *s, const float *x,
                              float *y)
{
    const status verdict = validate_average(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->average_forward)
        return STATUS_UNSUPPORTED;
    v->average_forward(s, x, y);
    return launch_status();
}

status pool2d_average_backward(const pool2d_variant *v, const pool2d_shape *s, const float *dy,
                               float *dx)
{
    const status verdict = validate_average(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->average_backward)
        return STATUS_UNSUPPORTED;
    v->average_backward(s, dy, dx);
    return launch_status();
}
