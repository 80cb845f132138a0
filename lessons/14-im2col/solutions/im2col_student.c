/* im2col_student.c: convolution as a matrix product: unfold, fold, multiply, convolve. */
#include "kernels/conv2d/conv2d.h"
#include "kernels/gemm/gemm.h"
#include "lessons/14-im2col/im2col.h"

enum { TILE = 4 };

void im2col_forward_student(const conv2d_shape *s, const float *x, float *columns)
{
    for (int c = 0; c < s->c; c++)
        for (int kh = 0; kh < s->kernel_h; kh++)
            for (int kw = 0; kw < s->kernel_w; kw++)
                for (int oh = 0; oh < s->oh; oh++)
                    for (int ow = 0; ow < s->ow; ow++) {
                        const int ih = oh * s->stride_h - s->pad_top + kh;
                        const int iw = ow * s->stride_w - s->pad_left + kw;
                        const bool inside = ih >= 0 && ih < s->h && iw >= 0 && iw < s->w;
                        *columns++ = inside ? x[(c * s->h + ih) * s->w + iw] : 0.0f;
                    }
}

void im2col_backward_student(const conv2d_shape *s, const float *dcolumns, float *dx)
{
    for (int i = 0; i < s->c * s->h * s->w; i++)
        dx[i] = 0.0f;
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

/* One element after the other, for the edges where no whole tile fits. */
static void multiply_some(const gemm_shape *s, int first_i, int end_i, int first_j, int end_j,
                          const float *a, const float *b, float *c)
{
    for (int i = first_i; i < end_i; i++)
        for (int j = first_j; j < end_j; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}

/* A tile of TILE x TILE sums: 2 * TILE loads serve TILE * TILE multiply-adds. */
static void multiply_tile(const gemm_shape *s, int i, int j, const float *a, const float *b,
                          float *c)
{
    float sum[TILE][TILE] = { { 0.0f } };

    for (int k = 0; k < s->K; k++)
        for (int di = 0; di < TILE; di++)
            for (int dj = 0; dj < TILE; dj++)
                sum[di][dj] += a[(i + di) * s->K + k] * b[k * s->N + j + dj];
    for (int di = 0; di < TILE; di++)
        for (int dj = 0; dj < TILE; dj++)
            c[(i + di) * s->N + j + dj] = sum[di][dj];
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    const int tiles_i = s->M / TILE * TILE, tiles_j = s->N / TILE * TILE;

    for (int j = 0; j < tiles_j; j += TILE)
        for (int i = 0; i < tiles_i; i += TILE)
            multiply_tile(s, i, j, a, b, c);
    multiply_some(s, 0, tiles_i, tiles_j, s->N, a, b, c);
    multiply_some(s, tiles_i, s->M, 0, s->N, a, b, c);
}

size_t conv2d_workspace_student(const conv2d_shape *s)
{
    return (size_t)(s->c * s->kernel_h * s->kernel_w) * (size_t)(s->oh * s->ow) * sizeof(float);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const int positions = s->oh * s->ow;
    const gemm_shape product = { .M = s->oc, .N = positions,
                                 .K = s->c * s->kernel_h * s->kernel_w };
    float *const columns = workspace;

    for (int n = 0; n < s->n; n++) {
        im2col_forward_student(s, x + n * s->c * s->h * s->w, columns);
        gemm_multiply_student(&product, w, columns, y, NULL);
        for (int oc = 0; b && oc < s->oc; oc++)
            for (int position = 0; position < positions; position++)
                y[oc * positions + position] += b[oc];
        y += s->oc * positions;
    }
}
