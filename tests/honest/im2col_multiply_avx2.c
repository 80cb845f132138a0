/* honest: lesson=im2col, exercise=multiply, file=im2col_student.c, style=AVX2 and FMA, fast */
#include "kernels/conv2d/conv2d.h"
#include "kernels/gemm/gemm.h"
#include "lessons/14-im2col/im2col.h"

static bool inside(const conv2d_shape *s, int ih, int iw)
{
    return ih >= 0 && ih < s->h && iw >= 0 && iw < s->w;
}

void im2col_forward_student(const conv2d_shape *s, const float *x, float *columns)
{
    for (int row = 0; row < s->c * s->kernel_h * s->kernel_w; row++)
        for (int at = 0; at < s->oh * s->ow; at++) {
            const int c = row / s->kernel_w / s->kernel_h;
            const int ih = at / s->ow * s->stride_h - s->pad_top + row / s->kernel_w % s->kernel_h;
            const int iw = at % s->ow * s->stride_w - s->pad_left + row % s->kernel_w;
            *columns++ = inside(s, ih, iw) ? x[(c * s->h + ih) * s->w + iw] : 0.0f;
        }
}

void im2col_backward_student(const conv2d_shape *s, const float *dcolumns, float *dx)
{
    for (int i = 0; i < s->c * s->h * s->w; i++)
        dx[i] = 0.0f;
    for (int row = 0; row < s->c * s->kernel_h * s->kernel_w; row++)
        for (int at = 0; at < s->oh * s->ow; at++, dcolumns++) {
            const int c = row / s->kernel_w / s->kernel_h;
            const int ih = at / s->ow * s->stride_h - s->pad_top + row / s->kernel_w % s->kernel_h;
            const int iw = at % s->ow * s->stride_w - s->pad_left + row % s->kernel_w;
            if (inside(s, ih, iw))
                dx[(c * s->h + ih) * s->w + iw] += *dcolumns;
        }
}

/* Rows i .. i + rows - 1, columns j .. end - 1 of the product, one element after the other. */
static void multiply_rest(const gemm_shape *s, int i, int rows, int j, int end, const float *a,
                          const float *b, float *c)
{
    for (int r = i; r < i + rows; r++)
        for (int q = j; q < end; q++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[r * s->K + k] * b[k * s->N + q];
            c[r * s->N + q] = sum;
        }
}

#ifdef __x86_64__
#include <immintrin.h>

/* 4 x 16 elements in eight registers. */
__attribute__((target("avx2,fma")))
static void multiply_tile(const gemm_shape *s, int i, int j, const float *a, const float *b,
                          float *c)
{
    __m256 sum[4][2];

    for (int r = 0; r < 4; r++)
        sum[r][0] = sum[r][1] = _mm256_setzero_ps();
    for (int k = 0; k < s->K; k++) {
        const __m256 left = _mm256_loadu_ps(b + k * s->N + j);
        const __m256 right = _mm256_loadu_ps(b + k * s->N + j + 8);
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++) {
            const __m256 factor = _mm256_broadcast_ss(a + (i + r) * s->K + k);
            sum[r][0] = _mm256_fmadd_ps(factor, left, sum[r][0]);
            sum[r][1] = _mm256_fmadd_ps(factor, right, sum[r][1]);
        }
    }
    for (int r = 0; r < 4; r++) {
        _mm256_storeu_ps(c + (i + r) * s->N + j, sum[r][0]);
        _mm256_storeu_ps(c + (i + r) * s->N + j + 8, sum[r][1]);
    }
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
static void multiply_tile(const gemm_shape *s, int i, int j, const float *a, const float *b,
                          float *c)
{
    multiply_rest(s, i, 4, j, j + 16, a, b, c);
}

static bool has_avx2(void) { return false; }
#endif

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    const int tiled = has_avx2() ? s->N / 16 * 16 : 0, rows = s->M / 4 * 4;

    for (int j = 0; j < tiled; j += 16)
        for (int i = 0; i < rows; i += 4)
            multiply_tile(s, i, j, a, b, c);
    multiply_rest(s, 0, rows, tiled, s->N, a, b, c);
    multiply_rest(s, rows, s->M - rows, 0, s->N, a, b, c);
}

size_t conv2d_workspace_student(const conv2d_shape *s)
{
    return (size_t)(s->c * s->kernel_h * s->kernel_w) * (size_t)(s->oh * s->ow) * sizeof(float);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const gemm_shape product = { .M = s->oc, .N = s->oh * s->ow,
                                 .K = s->c * s->kernel_h * s->kernel_w };

    for (int n = 0; n < s->n; n++) {
        im2col_forward_student(s, x + n * s->c * s->h * s->w, workspace);
        gemm_multiply_student(&product, w, workspace, y, NULL);
        for (int oc = 0; oc < s->oc; oc++)
            for (int i = 0; i < product.N; i++)
                *y++ += b ? b[oc] : 0.0f;
    }
}
