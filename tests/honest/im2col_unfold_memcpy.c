/* honest: lesson=im2col, exercise=unfold, file=im2col_student.c, style=rows by memcpy */
#include <string.h>

#include "kernels/conv2d/conv2d.h"
#include "kernels/gemm/gemm.h"
#include "lessons/14-im2col/im2col.h"

/* One row of one unfolded tap: row ih of a channel, shifted. */
static void unfold_row(const conv2d_shape *s, const float *row, int kw, float *out)
{
    if (s->stride_w == 1) {
        const int left = s->pad_left - kw;              /* outputs left of the image */
        const int first = left < 0 ? 0 : left < s->ow ? left : s->ow;
        const int room = s->w + left;
        const int end = room < first ? first : room < s->ow ? room : s->ow;
        memset(out, 0, (size_t)first * sizeof *out);
        if (end > first)
            memcpy(out + first, row + first - left, (size_t)(end - first) * sizeof *out);
        memset(out + end, 0, (size_t)(s->ow - end) * sizeof *out);
        return;
    }
    for (int ow = 0; ow < s->ow; ow++) {
        const int iw = ow * s->stride_w - s->pad_left + kw;
        out[ow] = iw >= 0 && iw < s->w ? row[iw] : 0.0f;
    }
}

void im2col_forward_student(const conv2d_shape *s, const float *x, float *columns)
{
    for (int c = 0; c < s->c; c++)
        for (int tap = 0; tap < s->kernel_h * s->kernel_w; tap++)
            for (int oh = 0; oh < s->oh; oh++, columns += s->ow) {
                const int ih = oh * s->stride_h - s->pad_top + tap / s->kernel_w;
                if (ih >= 0 && ih < s->h)
                    unfold_row(s, x + (c * s->h + ih) * s->w, tap % s->kernel_w, columns);
                else
                    memset(columns, 0, (size_t)s->ow * sizeof *columns);
            }
}

void im2col_backward_student(const conv2d_shape *s, const float *dcolumns, float *dx)
{
    memset(dx, 0, (size_t)(s->c * s->h * s->w) * sizeof *dx);
    for (int c = 0; c < s->c; c++)
        for (int kh = 0; kh < s->kernel_h; kh++)
            for (int kw = 0; kw < s->kernel_w; kw++)
                for (int oh = 0; oh < s->oh; oh++)
                    for (int ow = 0; ow < s->ow; ow++, dcolumns++) {
                        const int ih = oh * s->stride_h - s->pad_top + kh;
                        const int iw = ow * s->stride_w - s->pad_left + kw;
                        if (ih >= 0 && ih < s->h && iw >= 0 && iw < s->w)
                            dx[(c * s->h + ih) * s->w + iw] += *dcolumns;
                    }
}

/* i, k, j: the innermost loop walks along rows of b and c. */
void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    for (int i = 0; i < s->M; i++) {
        float *restrict const out = c + i * s->N;
        for (int j = 0; j < s->N; j++)
            out[j] = 0.0f;
        for (int k = 0; k < s->K; k++) {
            const float factor = a[i * s->K + k], *restrict const row = b + k * s->N;
#pragma omp simd
            for (int j = 0; j < s->N; j++)
                out[j] += factor * row[j];
        }
    }
}

size_t conv2d_workspace_student(const conv2d_shape *s)
{
    return sizeof(float) * (size_t)s->c * (size_t)s->kernel_h * (size_t)s->kernel_w *
           (size_t)s->oh * (size_t)s->ow;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const int places = s->oh * s->ow;
    const gemm_shape product = { .M = s->oc, .N = places, .K = s->c * s->kernel_h * s->kernel_w };

    for (int n = 0; n < s->n; n++, x += s->c * s->h * s->w, y += s->oc * places) {
        im2col_forward_student(s, x, workspace);
        gemm_multiply_student(&product, w, workspace, y, NULL);
        for (int i = 0; b && i < s->oc * places; i++)
            y[i] += b[i / places];
    }
}
