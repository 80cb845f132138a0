/* im2col_student.c: your convolution as a matrix product, in four functions. make lesson-im2col
 * checks them one after the other; the last one calls the first and the third.
 *
 *   s    the extents, as in the lesson on channels: s->c, s->h, s->w, s->oc, s->oh, s->ow,
 *        s->kernel_h, s->kernel_w, s->stride_h, s->stride_w, s->pad_top, s->pad_left
 *
 * No groups (s->groups is 1) and no dilation. */
#include "kernels/conv2d/conv2d.h"
#include "kernels/gemm/gemm.h"
#include "lessons/14-im2col/im2col.h"

/* 1. unfold: the windows of one image become the columns of a matrix.
 *
 *     columns[(c * KH + kh) * KW + kw][oh * OW + ow] = x[c][ih][iw]
 *     ih = oh * stride_h - pad_top + kh,  iw = ow * stride_w - pad_left + kw
 *
 *   x        [c][h][w]
 *   columns  [c * kernel_h * kernel_w][oh * ow], every element to be written; 0 where (ih, iw) lies
 *            outside the image */
void im2col_forward_student(const conv2d_shape *s, const float *x, float *columns)
{
    const int positions = s->oh * s->ow;

    for (int c = 0; c < s->c; c++)
        for (int kh = 0; kh < s->kernel_h; kh++)
            for (int kw = 0; kw < s->kernel_w; kw++) {
                const int row = (c * s->kernel_h + kh) * s->kernel_w + kw;
                /* Your code here: one row of the matrix. */
                for (int position = 0; position < positions; position++)
                    columns[row * positions + position] = 0.0f;
            }
}

/* 2. fold: the backward pass of unfold. Each pixel was copied to several places; its gradient is
 * the sum of theirs.
 *
 *   dcolumns  [c * kernel_h * kernel_w][oh * ow]
 *   dx        [c][h][w], overwritten; a pixel that was copied nowhere gets 0 */
void im2col_backward_student(const conv2d_shape *s, const float *dcolumns, float *dx)
{
    /* Your code here. */
    for (int i = 0; i < s->c * s->h * s->w; i++)
        dx[i] = 0.0f;
}

/* 3. multiply: C = A * B, at least twice as fast as the three loops of the formula.
 *
 *     c[i][j] = sum over k of  a[i][k] * b[k][j]
 *
 *   s    the extents s->M, s->N, s->K; nothing is transposed, alpha is 1, beta is 0
 *   a    [M][K]: row i, column k is a[i * s->K + k]
 *   b    [K][N]
 *   c    [M][N], overwritten; there may be NaN in it before
 *   workspace   not needed
 *
 * These are the three loops. They are right; make them fast. */
void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    /* Your code here. */
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}

/* How many bytes of workspace convolve needs: the columns of one image. */
size_t conv2d_workspace_student(const conv2d_shape *s)
{
    return (size_t)(s->c * s->kernel_h * s->kernel_w) * (size_t)(s->oh * s->ow) * sizeof(float);
}

/* 4. convolve: for each image unfold, then one product, then the bias. At least twice as fast as
 * the suite's seven loops.
 *
 *   x    [n][c][h][w]        w    [oc][c][kernel_h][kernel_w]
 *   b    [oc], or NULL: no bias
 *   y    [n][oc][oh][ow], overwritten
 *   workspace   room for the columns of one image
 *
 * What multiply wants to know: (gemm_shape){ .M = ..., .N = ..., .K = ... } */
void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    /* Your code here. */
    for (int i = 0; i < s->n * s->oc * s->oh * s->ow; i++)
        y[i] = 0.0f;
}
