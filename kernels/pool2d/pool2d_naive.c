/* pool2d_naive.c: pooling as its formula says it, window by window.
 *
 * Idea:  for every output element, walk the window and keep the largest value, or add up.
 * Limit: every tap is tested against the border, and one core does all the planes although none
 *        needs another; pool2d_openmp.c clips each window once and shares the planes out. */
#include "kernels/pool2d/pool2d_variants.h"

#include <math.h>

static bool inside(const pool2d_shape *s, ptrdiff_t ih, ptrdiff_t iw)
{
    return ih >= 0 && ih < s->h && iw >= 0 && iw < s->w;
}

static void clear(const pool2d_shape *s, float *dx)
{
    const ptrdiff_t count = (ptrdiff_t)s->n * s->c * s->h * s->w;

    for (ptrdiff_t i = 0; i < count; i++)
        dx[i] = 0.0f;
}

/* The largest element of one window of an image, and where it is; NaN is larger than any number. */
static float window_max(const pool2d_shape *s, const float *image, int oh, int ow, int32_t *index)
{
    float largest = -INFINITY;

    *index = -1;
    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            const ptrdiff_t ih = (ptrdiff_t)oh * s->stride_h - s->pad_top +
                                 (ptrdiff_t)kh * s->dilation_h;
            const ptrdiff_t iw = (ptrdiff_t)ow * s->stride_w - s->pad_left +
                                 (ptrdiff_t)kw * s->dilation_w;
            if (!inside(s, ih, iw))
                continue;
            const float x = image[ih * s->w + iw];
            if (*index < 0 || x > largest || (isnan(x) && !isnan(largest))) {
                largest = x;
                *index = (int32_t)(ih * s->w + iw);
            }
        }
    return largest;
}

void pool2d_max_forward_naive(const pool2d_shape *s, const float *x, float *y, int32_t *index)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++) {
            const float *image = x + ((ptrdiff_t)n * s->c + c) * s->h * s->w;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    *y++ = window_max(s, image, oh, ow, index++);
        }
}

void pool2d_max_backward_naive(const pool2d_shape *s, const float *dy, const int32_t *index,
                               float *dx)
{
    clear(s, dx);
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++) {
            float *image = dx + ((ptrdiff_t)n * s->c + c) * s->h * s->w;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++, dy++, index++)
                    if (*index >= 0)
                        image[*index] += *dy;   /* windows may overlap and choose the same */
        }
}

/* How many elements of a window count in its average: those inside the image, with
 * count_include_pad those inside the padded image. */
static int divisor(const pool2d_shape *s, int oh, int ow)
{
    const bool pad = s->count_include_pad;
    int rows = 0, columns = 0;

    for (int kh = 0; kh < s->kernel_h; kh++) {
        const ptrdiff_t ih = (ptrdiff_t)oh * s->stride_h - s->pad_top + kh;
        rows += ih >= (pad ? -s->pad_top : 0) && ih < (ptrdiff_t)s->h + (pad ? s->pad_bottom : 0);
    }
    for (int kw = 0; kw < s->kernel_w; kw++) {
        const ptrdiff_t iw = (ptrdiff_t)ow * s->stride_w - s->pad_left + kw;
        columns += iw >= (pad ? -s->pad_left : 0) &&
                   iw < (ptrdiff_t)s->w + (pad ? s->pad_right : 0);
    }
    return rows * columns;
}

static float window_sum(const pool2d_shape *s, const float *image, int oh, int ow)
{
    float sum = 0.0f;

    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            const ptrdiff_t ih = (ptrdiff_t)oh * s->stride_h - s->pad_top + kh;
            const ptrdiff_t iw = (ptrdiff_t)ow * s->stride_w - s->pad_left + kw;
            if (inside(s, ih, iw))
                sum += image[ih * s->w + iw];
        }
    return sum;
}

void pool2d_average_forward_naive(const pool2d_shape *s, const float *x, float *y)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++) {
            const float *image = x + ((ptrdiff_t)n * s->c + c) * s->h * s->w;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    *y++ = window_sum(s, image, oh, ow) / (float)divisor(s, oh, ow);
        }
}

static void spread(const pool2d_shape *s, float *image, int oh, int ow, float share)
{
    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            const ptrdiff_t ih = (ptrdiff_t)oh * s->stride_h - s->pad_top + kh;
            const ptrdiff_t iw = (ptrdiff_t)ow * s->stride_w - s->pad_left + kw;
            if (inside(s, ih, iw))
                image[ih * s->w + iw] += share;
        }
}

void pool2d_average_backward_naive(const pool2d_shape *s, const float *dy, float *dx)
{
    clear(s, dx);
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++) {
            float *image = dx + ((ptrdiff_t)n * s->c + c) * s->h * s->w;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    spread(s, image, oh, ow, *dy++ / (float)divisor(s, oh, ow));
        }
}
