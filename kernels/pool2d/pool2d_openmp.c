/* pool2d_openmp.c: pooling plane by plane, planes in parallel.
 *
 * Idea:  a plane (one channel of one image) needs nothing from another, so threads share them out.
 *        Each window is clipped to the image before it is walked, so its loops ask nothing. The
 *        networks' own case, 2x2 windows side by side, has a loop that compares several windows
 *        per instruction.
 * Limit: memory bandwidth for 2x2; with large overlapping windows each input is read again for
 *        every window that holds it. */
#include "kernels/pool2d/pool2d_variants.h"

#include <math.h>
#include <string.h>

enum { PARALLEL_FROM = 1 << 14 };               /* elements; below, starting threads costs more */

/* The taps of a window, in one direction, that lie inside the image: count of them, the first at
 * input coordinate `first`, the others each a dilation further. */
typedef struct {
    ptrdiff_t first, count;
} taps;

static taps clip(ptrdiff_t start, int kernel, int dilation, int extent)
{
    const ptrdiff_t skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
    ptrdiff_t end = start < extent ? (extent - start + dilation - 1) / dilation : 0;

    if (end > kernel)
        end = kernel;
    return (taps){ start + skipped * dilation, end > skipped ? end - skipped : 0 };
}

static taps clip_rows(const pool2d_shape *s, int oh)
{
    const ptrdiff_t start = (ptrdiff_t)oh * s->stride_h - s->pad_top;
    return clip(start, s->kernel_h, s->dilation_h, s->h);
}

static taps clip_columns(const pool2d_shape *s, int ow)
{
    const ptrdiff_t start = (ptrdiff_t)ow * s->stride_w - s->pad_left;
    return clip(start, s->kernel_w, s->dilation_w, s->w);
}

static bool worth_a_team(const pool2d_shape *s)
{
    return (ptrdiff_t)s->n * s->c * s->h * s->w >= PARALLEL_FROM;
}

/* Lets x, found at i, take the place of the largest so far if it is larger or the first NaN. The
 * choices are written without && so that the compiler can make them for several windows at once. */
static inline void contend(float x, int32_t i, float *largest, int32_t *at)
{
    const int32_t i_if_number = x <= *largest ? *at : i;
    const float x_if_number = x <= *largest ? *largest : x;

    *at = isnan(*largest) ? *at : i_if_number;
    *largest = isnan(*largest) ? *largest : x_if_number;
}

static float window_max(const pool2d_shape *s, const float *image, taps rows, taps columns,
                        int32_t *index)
{
    if (rows.count == 0 || columns.count == 0) {
        *index = -1;
        return -INFINITY;
    }
    *index = (int32_t)(rows.first * s->w + columns.first);
    float largest = image[*index];
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const ptrdiff_t row = (rows.first + i * s->dilation_h) * s->w + columns.first;
        for (ptrdiff_t j = 0; j < columns.count; j++) {
            const ptrdiff_t at = row + j * s->dilation_w;
            contend(image[at], (int32_t)at, &largest, index);
        }
    }
    return largest;
}

static void max_plane(const pool2d_shape *s, const float *image, float *y, int32_t *index)
{
    for (int oh = 0; oh < s->oh; oh++) {
        const taps rows = clip_rows(s, oh);
        for (int ow = 0; ow < s->ow; ow++)
            *y++ = window_max(s, image, rows, clip_columns(s, ow), index++);
    }
}

/* True for 2x2 windows, two apart, all of them inside the image. */
static bool is_2x2(const pool2d_shape *s)
{
    return s->kernel_h == 2 && s->kernel_w == 2 && s->stride_h == 2 && s->stride_w == 2 &&
           s->dilation_h == 1 && s->dilation_w == 1 && s->pad_top == 0 && s->pad_left == 0 &&
           s->oh <= s->h / 2 && s->ow <= s->w / 2;
}

static void max_plane_2x2(const pool2d_shape *s, const float *image, float *y, int32_t *index)
{
    for (int oh = 0; oh < s->oh; oh++) {
        const int w = s->w, ow_end = s->ow, corner = 2 * oh * w;
        const float *const top = image + corner, *const bottom = top + w;
#pragma omp simd
        for (int ow = 0; ow < ow_end; ow++) {
            const int32_t i = corner + 2 * ow;
            int32_t at = i;
            float largest = top[2 * ow];
            contend(top[2 * ow + 1], i + 1, &largest, &at);
            contend(bottom[2 * ow], i + w, &largest, &at);
            contend(bottom[2 * ow + 1], i + w + 1, &largest, &at);
            y[ow] = largest;
            index[ow] = at;
        }
        y += s->ow;
        index += s->ow;
    }
}

void pool2d_max_forward_openmp(const pool2d_shape *s, const float *x, float *y, int32_t *index)
{
    const ptrdiff_t planes = (ptrdiff_t)s->n * s->c;
    const ptrdiff_t in = (ptrdiff_t)s->h * s->w, out = (ptrdiff_t)s->oh * s->ow;
    const bool fast = is_2x2(s);

#pragma omp parallel for if (worth_a_team(s))
    for (ptrdiff_t p = 0; p < planes; p++) {
        if (fast)
            max_plane_2x2(s, x + p * in, y + p * out, index + p * out);
        else
            max_plane(s, x + p * in, y + p * out, index + p * out);
    }
}

void pool2d_max_backward_openmp(const pool2d_shape *s, const float *dy, const int32_t *index,
                                float *dx)
{
    const ptrdiff_t planes = (ptrdiff_t)s->n * s->c;
    const ptrdiff_t in = (ptrdiff_t)s->h * s->w, out = (ptrdiff_t)s->oh * s->ow;

#pragma omp parallel for if (worth_a_team(s))
    for (ptrdiff_t p = 0; p < planes; p++) {
        float *const image = dx + p * in;
        memset(image, 0, (size_t)in * sizeof *image);   /* still in the cache when added to */
        for (ptrdiff_t i = p * out; i < (p + 1) * out; i++)
            if (index[i] >= 0)
                image[index[i]] += dy[i];
    }
}

/* How many elements count in the average of a window with these taps. */
static float divisor(const pool2d_shape *s, int oh, int ow, taps rows, taps columns)
{
    if (!s->count_include_pad)
        return (float)(rows.count * columns.count);
    /* Only what ceil_mode adds behind the padding is left out. */
    const ptrdiff_t left_h = (ptrdiff_t)s->h + s->pad_bottom + s->pad_top -
                             (ptrdiff_t)oh * s->stride_h;
    const ptrdiff_t left_w = (ptrdiff_t)s->w + s->pad_right + s->pad_left -
                             (ptrdiff_t)ow * s->stride_w;
    return (float)((left_h < s->kernel_h ? left_h : s->kernel_h) *
                   (left_w < s->kernel_w ? left_w : s->kernel_w));
}

static void average_plane(const pool2d_shape *s, const float *image, float *y)
{
    for (int oh = 0; oh < s->oh; oh++) {
        const taps rows = clip_rows(s, oh);
        for (int ow = 0; ow < s->ow; ow++) {
            const taps columns = clip_columns(s, ow);
            float sum = 0.0f;
            for (ptrdiff_t i = 0; i < rows.count; i++) {
                const float *const row = image + (rows.first + i) * s->w + columns.first;
                for (ptrdiff_t j = 0; j < columns.count; j++)
                    sum += row[j];
            }
            *y++ = sum / divisor(s, oh, ow, rows, columns);
        }
    }
}

void pool2d_average_forward_openmp(const pool2d_shape *s, const float *x, float *y)
{
    const ptrdiff_t planes = (ptrdiff_t)s->n * s->c;
    const ptrdiff_t in = (ptrdiff_t)s->h * s->w, out = (ptrdiff_t)s->oh * s->ow;

#pragma omp parallel for if (worth_a_team(s))
    for (ptrdiff_t p = 0; p < planes; p++)
        average_plane(s, x + p * in, y + p * out);
}

static void spread_plane(const pool2d_shape *s, const float *dy, float *image)
{
    for (int oh = 0; oh < s->oh; oh++) {
        const taps rows = clip_rows(s, oh);
        for (int ow = 0; ow < s->ow; ow++) {
            const taps columns = clip_columns(s, ow);
            const float share = *dy++ / divisor(s, oh, ow, rows, columns);
            for (ptrdiff_t i = 0; i < rows.count; i++) {
                float *const row = image + (rows.first + i) * s->w + columns.first;
                for (ptrdiff_t j = 0; j < columns.count; j++)
                    row[j] += share;
            }
        }
    }
}

void pool2d_average_backward_openmp(const pool2d_shape *s, const float *dy, float *dx)
{
    const ptrdiff_t planes = (ptrdiff_t)s->n * s->c;
    const ptrdiff_t in = (ptrdiff_t)s->h * s->w, out = (ptrdiff_t)s->oh * s->ow;

#pragma omp parallel for if (worth_a_team(s))
    for (ptrdiff_t p = 0; p < planes; p++) {
        memset(dx + p * in, 0, (size_t)in * sizeof *dx);
        spread_plane(s, dy + p * out, dx + p * in);
    }
}
