/* gemm_mutants.c: matrix multiplications that are wrong on purpose, one mistake per row.
 *
 * A row has one function for all passes, so its mistake shows in each. All stay within their
 * buffers. */
#include "check/mutants/gemm_mutants.h"

#include <math.h>
#include <omp.h>

typedef enum {
    BETA_IGNORED, BETA_ZERO_READS_C, ALPHA_ON_C, ALPHA_FORGOTTEN, LDA_IGNORED, LDC_IGNORED,
    ROW_END_CLEARED, REMAINDER_DROPPED, SUM_IN_HALF, SUM_BY_THREADS
} mistake;

/* Rounded to the 11 significant bits of half precision. */
static float half(float value)
{
    int exponent;
    const float fraction = frexpf(value, &exponent);

    return ldexpf(rintf(ldexpf(fraction, 11)), exponent - 11);
}

static float dot(const gemm_shape *s, mistake m, const float *a, const float *b, int i, int j,
                 int first_k, int end_k)
{
    const ptrdiff_t a_row = s->transpose_a ? s->M : s->K;
    const ptrdiff_t lda = m == LDA_IGNORED ? a_row : s->lda;
    float sum = 0.0f;

    for (int k = first_k; k < end_k; k++) {
        sum += a[s->transpose_a ? k * lda + i : i * lda + k] *
               b[s->transpose_b ? (ptrdiff_t)j * s->ldb + k : (ptrdiff_t)k * s->ldb + j];
        if (m == SUM_IN_HALF)
            sum = half(sum);
    }
    return sum;
}

static float element(const gemm_shape *s, mistake m, const float *a, const float *b, int i, int j)
{
    const int parts = m == SUM_BY_THREADS ? omp_get_max_threads() : 1;
    const int end = m == REMAINDER_DROPPED ? s->K / 4 * 4 : s->K;
    float sum = 0.0f;

    for (int part = 0; part < parts; part++)
        sum += dot(s, m, a, b, i, j, end * part / parts, end * (part + 1) / parts);
    return sum;
}

static void multiply(const gemm_shape *s, mistake m, const float *a, const float *b, float *c)
{
    const ptrdiff_t ldc = m == LDC_IGNORED ? s->N : s->ldc;
    const float alpha = m == ALPHA_FORGOTTEN ? 1.0f : s->alpha;

    for (int i = 0; i < s->M; i++) {
        for (int j = 0; j < s->N; j++) {
            float *const out = c + i * ldc + j;
            const float sum = element(s, m, a, b, i, j);
            if (m == BETA_IGNORED || (s->beta == 0.0f && m != BETA_ZERO_READS_C))
                *out = alpha * sum;
            else
                *out = alpha * sum + s->beta * (m == ALPHA_ON_C ? alpha * *out : *out);
        }
        for (int j = s->N; m == ROW_END_CLEARED && j < s->ldc; j++)
            c[(ptrdiff_t)i * s->ldc + j] = 0.0f;
    }
}

#define MULTIPLY(name, m)                                                                       \
    static void name(const gemm_shape *s, const float *a, const float *b, float *c,             \
                     void *workspace)                                                           \
    {                                                                                           \
        (void)workspace;                                                                        \
        multiply(s, m, a, b, c);                                                                \
    }

MULTIPLY(multiply_beta_ignored, BETA_IGNORED)
MULTIPLY(multiply_beta_zero_reads_c, BETA_ZERO_READS_C)
MULTIPLY(multiply_alpha_on_c, ALPHA_ON_C)
MULTIPLY(multiply_alpha_forgotten, ALPHA_FORGOTTEN)
MULTIPLY(multiply_lda_ignored, LDA_IGNORED)
MULTIPLY(multiply_ldc_ignored, LDC_IGNORED)
MULTIPLY(multiply_row_end_cleared, ROW_END_CLEARED)
MULTIPLY(multiply_remainder_dropped, REMAINDER_DROPPED)
MULTIPLY(multiply_sum_in_half, SUM_IN_HALF)
MULTIPLY(multiply_sum_by_threads, SUM_BY_THREADS)

#define INFO(name, idea) .info = { name, SPACE_HOST, PRECISION_FP32, idea }

const gemm_variant gemm_mutants[] = {
    { INFO("beta-ignored", "C is overwritten although beta asks for a share of what it held"),
      .multiply = multiply_beta_ignored },
    { INFO("beta-zero-reads-c", "0 times NaN is NaN: beta == 0 means that C is not read at all"),
      .multiply = multiply_beta_zero_reads_c },
    { INFO("alpha-on-c", "alpha scales the product, not what C held before"),
      .multiply = multiply_alpha_on_c },
    { INFO("alpha-forgotten", "the product is not scaled by alpha"),
      .multiply = multiply_alpha_forgotten },
    { INFO("lda-ignored", "rows of A are taken to be packed: they lie lda elements apart"),
      .multiply = multiply_lda_ignored },
    { INFO("ldc-ignored", "rows of C are taken to be packed: they lie ldc elements apart"),
      .multiply = multiply_ldc_ignored },
    { INFO("row-end-cleared", "elements between the rows of C belong to the caller"),
      .multiply = multiply_row_end_cleared },
    { INFO("remainder-dropped", "k is unrolled by four and the last K % 4 products are lost"),
      .multiply = multiply_remainder_dropped },
    { INFO("half-precision-sum", "the running sum is kept in half precision"),
      .multiply = multiply_sum_in_half },
    { INFO("sum-by-threads", "the sum over k is cut into as many parts as there are threads: the "
           "result changes with their number"),
      .multiply = multiply_sum_by_threads },
};
const size_t gemm_mutant_count = sizeof gemm_mutants / sizeof gemm_mutants[0];
