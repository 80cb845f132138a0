/* pool2d_mutants.c: pooling, wrong in the usual ways. */
#include "check/mutants/pool2d_mutants.h"

#include <math.h>

typedef enum {
    STARTS_AT_ZERO, NAN_SWALLOWED, LAST_OF_EQUALS, STRIDE_IGNORED, DILATION_IGNORED,
    PADDING_IS_ZERO, INDEX_IN_WINDOW, INDEX_BY_H
} max_mistake;

static float wrong_max(const pool2d_shape *s, const float *image, int oh, int ow, int32_t *index,
                       max_mistake m)
{
    const int stride_h = m == STRIDE_IGNORED ? 1 : s->stride_h;
    const int stride_w = m == STRIDE_IGNORED ? 1 : s->stride_w;
    const int dilation_h = m == DILATION_IGNORED ? 1 : s->dilation_h;
    const int dilation_w = m == DILATION_IGNORED ? 1 : s->dilation_w;
    float largest = m == STARTS_AT_ZERO ? 0.0f : -INFINITY;

    *index = -1;
    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            const int ih = oh * stride_h - s->pad_top + kh * dilation_h;
            const int iw = ow * stride_w - s->pad_left + kw * dilation_w;
            const bool inside = ih >= 0 && ih < s->h && iw >= 0 && iw < s->w;
            if (!inside && m != PADDING_IS_ZERO)
                continue;
            const float x = inside ? image[ih * s->w + iw] : 0.0f;
            const bool first = *index < 0 && m != STARTS_AT_ZERO && m != NAN_SWALLOWED;
            const bool larger = m == LAST_OF_EQUALS ? x >= largest : x > largest;
            if (!first && !larger && (m == NAN_SWALLOWED || !isnan(x) || isnan(largest)))
                continue;
            largest = x;
            *index = m == INDEX_IN_WINDOW ? kh * s->kernel_w + kw
                     : m == INDEX_BY_H    ? ih * s->h + iw
                                          : ih * s->w + iw;
        }
    return largest;
}

static void wrong_max_forward(const pool2d_shape *s, const float *x, float *y, int32_t *index,
                              max_mistake m)
{
    for (ptrdiff_t plane = 0; plane < (ptrdiff_t)s->n * s->c; plane++)
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++)
                *y++ = wrong_max(s, x + plane * s->h * s->w, oh, ow, index++, m);
}

#define MAX_FORWARD(name, mistake)                                                               \
    static void name(const pool2d_shape *s, const float *x, float *y, int32_t *index)            \
    {                                                                                            \
        wrong_max_forward(s, x, y, index, mistake);                                              \
    }

MAX_FORWARD(starts_at_zero, STARTS_AT_ZERO)
MAX_FORWARD(nan_swallowed, NAN_SWALLOWED)
MAX_FORWARD(last_of_equals, LAST_OF_EQUALS)
MAX_FORWARD(stride_ignored, STRIDE_IGNORED)
MAX_FORWARD(dilation_ignored, DILATION_IGNORED)
MAX_FORWARD(padding_is_zero, PADDING_IS_ZERO)
MAX_FORWARD(index_in_window, INDEX_IN_WINDOW)
MAX_FORWARD(index_by_h, INDEX_BY_H)

/* ---- Gradient of the maximum ---- */

static void wrong_max_backward(const pool2d_shape *s, const float *dy, const int32_t *index,
                               float *dx, bool cleared, bool added)
{
    const ptrdiff_t in = (ptrdiff_t)s->h * s->w, out = (ptrdiff_t)s->oh * s->ow;
    const ptrdiff_t planes = (ptrdiff_t)s->n * s->c;

    for (ptrdiff_t i = 0; cleared && i < planes * in; i++)
        dx[i] = 0.0f;
    for (ptrdiff_t o = 0; o < planes * out; o++)
        if (index[o] >= 0) {
            float *const chosen = &dx[o / out * in + index[o]];
            *chosen = added ? *chosen + dy[o] : dy[o];
        }
}

static void overlap_lost(const pool2d_shape *s, const float *dy, const int32_t *index, float *dx)
{
    wrong_max_backward(s, dy, index, dx, true, false);
}

static void not_cleared(const pool2d_shape *s, const float *dy, const int32_t *index, float *dx)
{
    wrong_max_backward(s, dy, index, dx, false, true);
}

/* ---- Average ---- */

typedef enum { WHOLE_WINDOW, NEVER_PADDING, UNDIVIDED } divisor_mistake;

static float wrong_divisor(const pool2d_shape *s, int oh, int ow, divisor_mistake m)
{
    int inside = 0;

    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            const int ih = oh * s->stride_h - s->pad_top + kh;
            const int iw = ow * s->stride_w - s->pad_left + kw;
            inside += ih >= 0 && ih < s->h && iw >= 0 && iw < s->w;
        }
    return m == UNDIVIDED       ? 1.0f
           : m == NEVER_PADDING ? (float)inside
                                : (float)(s->kernel_h * s->kernel_w);
}

static void wrong_average_forward(const pool2d_shape *s, const float *x, float *y,
                                  divisor_mistake m)
{
    for (ptrdiff_t plane = 0; plane < (ptrdiff_t)s->n * s->c; plane++)
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++) {
                float sum = 0.0f;
                for (int kh = 0; kh < s->kernel_h; kh++)
                    for (int kw = 0; kw < s->kernel_w; kw++) {
                        const int ih = oh * s->stride_h - s->pad_top + kh;
                        const int iw = ow * s->stride_w - s->pad_left + kw;
                        if (ih >= 0 && ih < s->h && iw >= 0 && iw < s->w)
                            sum += x[(plane * s->h + ih) * s->w + iw];
                    }
                *y++ = sum / wrong_divisor(s, oh, ow, m);
            }
}

static void whole_window(const pool2d_shape *s, const float *x, float *y)
{
    wrong_average_forward(s, x, y, WHOLE_WINDOW);
}

static void never_padding(const pool2d_shape *s, const float *x, float *y)
{
    wrong_average_forward(s, x, y, NEVER_PADDING);
}

static void wrong_average_backward(const pool2d_shape *s, const float *dy, float *dx,
                                   divisor_mistake m)
{
    const ptrdiff_t planes = (ptrdiff_t)s->n * s->c;

    for (ptrdiff_t i = 0; i < planes * s->h * s->w; i++)
        dx[i] = 0.0f;
    for (ptrdiff_t plane = 0; plane < planes; plane++)
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++, dy++)
                for (int kh = 0; kh < s->kernel_h; kh++)
                    for (int kw = 0; kw < s->kernel_w; kw++) {
                        const int ih = oh * s->stride_h - s->pad_top + kh;
                        const int iw = ow * s->stride_w - s->pad_left + kw;
                        if (ih >= 0 && ih < s->h && iw >= 0 && iw < s->w)
                            dx[(plane * s->h + ih) * s->w + iw] +=
                                *dy / wrong_divisor(s, oh, ow, m);
                    }
}

static void undivided(const pool2d_shape *s, const float *dy, float *dx)
{
    wrong_average_backward(s, dy, dx, UNDIVIDED);
}

static void whole_window_gradient(const pool2d_shape *s, const float *dy, float *dx)
{
    wrong_average_backward(s, dy, dx, WHOLE_WINDOW);
}

#define MUTANT(name, idea) .info = { name, SPACE_HOST, PRECISION_FP32, idea }

const pool2d_variant pool2d_mutants[] = {
    { MUTANT("starts-at-zero", "the search for the maximum starts at 0: negative windows give 0"),
      .max_forward = starts_at_zero },
    { MUTANT("nan-swallowed", "x > largest is false for NaN, so a NaN in the window disappears"),
      .max_forward = nan_swallowed },
    { MUTANT("last-of-equals", ">= takes the last of several equal values; the first one counts"),
      .max_forward = last_of_equals },
    { MUTANT("stride-ignored", "windows begin one element apart instead of a stride"),
      .max_forward = stride_ignored },
    { MUTANT("dilation-ignored", "the taps are taken as neighbours although dilation spreads them"),
      .max_forward = dilation_ignored },
    { MUTANT("padding-is-zero", "padding takes part as 0; it must never win against a number"),
      .max_forward = padding_is_zero },
    { MUTANT("index-in-window", "the index counts within the window instead of within the image"),
      .max_forward = index_in_window },
    { MUTANT("index-by-h", "the index is ih * h + iw: height and width are confused"),
      .max_forward = index_by_h },
    { MUTANT("overlap-lost", "dx is assigned, not added to, where windows share their maximum"),
      .max_backward = overlap_lost },
    { MUTANT("not-cleared", "dx is added to without being set to zero first"),
      .max_backward = not_cleared },
    { MUTANT("whole-window", "the sum is divided by the window's size even where it is cut off"),
      .average_forward = whole_window },
    { MUTANT("never-padding", "count_include_pad is ignored: padding never counts in the divisor"),
      .average_forward = never_padding },
    { MUTANT("undivided", "every input gets the whole of dy instead of its share"),
      .average_backward = undivided },
    { MUTANT("whole-window-gradient", "dy is shared out as in a whole window even at the border"),
      .average_backward = whole_window_gradient },
};
const size_t pool2d_mutant_count = sizeof pool2d_mutants / sizeof pool2d_mutants[0];
