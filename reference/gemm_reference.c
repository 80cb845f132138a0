/* gemm_reference.c: matrix multiplication from the formula in gemm.h, in double precision.
 *
 * All three passes walk the products op(A)[i][k] * op(B)[k][j] that make up C[i][j]; they differ
 * only in which two of the three matrices they multiply and into which they add.
 *
 * Roundings: a sum of K products is K roundings deep, a multiplication by alpha one more. Where
 * beta is not 0, adding beta * C is one more again, also for beta * C itself, which is only
 * multiplied and added: K + 2 covers both. */
#include "reference/gemm_reference.h"

/* Where element [i][k] of op(A), [k][j] of op(B), [i][j] of C is stored. */
static ptrdiff_t at_a(const gemm_shape *s, int i, int k)
{
    return s->transpose_a ? (ptrdiff_t)k * s->lda + i : (ptrdiff_t)i * s->lda + k;
}

static ptrdiff_t at_b(const gemm_shape *s, int k, int j)
{
    return s->transpose_b ? (ptrdiff_t)j * s->ldb + k : (ptrdiff_t)k * s->ldb + j;
}

static ptrdiff_t at_c(const gemm_shape *s, int i, int j)
{
    return (ptrdiff_t)i * s->ldc + j;
}

static void copy(ptrdiff_t count, const float *before, exact *out)
{
    for (ptrdiff_t i = 0; i < count; i++)
        out[i] = (exact){ .value = (double)before[i] };
}

void gemm_reference_forward(const gemm_shape *s, const float *a, const float *b,
                            const float *before, exact *out)
{
    copy((ptrdiff_t)s->M * s->ldc, before, out);
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            exact *const c = &out[at_c(s, i, j)];
            const double old = c->value;

            *c = (exact){ .terms = (double)s->K + 2 };
            for (int k = 0; k < s->K; k++)
                exact_add(c, (double)s->alpha * (double)a[at_a(s, i, k)] *
                                 (double)b[at_b(s, k, j)]);
            if (s->beta != 0.0f)
                exact_add(c, (double)s->beta * old);
        }
}

void gemm_reference_backward_a(const gemm_shape *s, const float *dc, const float *b,
                               const float *before, exact *out)
{
    copy((ptrdiff_t)(s->transpose_a ? s->K : s->M) * s->lda, before, out);
    for (int i = 0; i < s->M; i++)
        for (int k = 0; k < s->K; k++) {
            exact *const da = &out[at_a(s, i, k)];

            *da = (exact){ .terms = (double)s->N + 1 };
            for (int j = 0; j < s->N; j++)
                exact_add(da, (double)s->alpha * (double)dc[at_c(s, i, j)] *
                                  (double)b[at_b(s, k, j)]);
        }
}

void gemm_reference_backward_b(const gemm_shape *s, const float *a, const float *dc,
                               const float *before, exact *out)
{
    copy((ptrdiff_t)(s->transpose_b ? s->N : s->K) * s->ldb, before, out);
    for (int k = 0; k < s->K; k++)
        for (int j = 0; j < s->N; j++) {
            exact *const db = &out[at_b(s, k, j)];

            *db = (exact){ .terms = (double)s->M + 1 };
            for (int i = 0; i < s->M; i++)
                exact_add(db, (double)s->alpha * (double)a[at_a(s, i, k)] *
                                  (double)dc[at_c(s, i, j)]);
        }
}
