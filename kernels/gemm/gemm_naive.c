/* gemm_naive.c: matrix multiplication as its formula says it, three nested loops.
 *
 * Idea:   for every element of C, the dot product of a row of op(A) and a column of op(B).
 * Layout: as in gemm.h; row_step and k_step hide whether a matrix is stored transposed.
 * Cost:   2 * M * N * K FLOP; A is read N times, B M times.
 * Limit:  walking down a column of B touches a new cache line at every step, and each product
 *         waits for the sum before it. gemm_blocked.c removes both.
 * Source: Golub and Van Loan, "Matrix Computations", 4th ed., 2013, section 1.1. */
#include "kernels/gemm/gemm_variants.h"

void gemm_multiply_naive(const gemm_shape *s, const float *a, const float *b, float *c,
                         void *workspace)
{
    const ptrdiff_t a_row_step = s->transpose_a ? 1 : s->lda;
    const ptrdiff_t a_k_step = s->transpose_a ? s->lda : 1;
    const ptrdiff_t b_k_step = s->transpose_b ? 1 : s->ldb;
    const ptrdiff_t b_column_step = s->transpose_b ? s->ldb : 1;

    (void)workspace;
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float *const out = c + (ptrdiff_t)i * s->ldc + j;
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * a_row_step + k * a_k_step] * b[k * b_k_step + j * b_column_step];
            *out = s->beta == 0.0f ? s->alpha * sum : s->alpha * sum + s->beta * *out;
        }
}
