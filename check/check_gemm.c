/* check_gemm.c: matrix multiplication as the checking engine sees it.
 *
 * Each output is updated in place, since the elements between its rows must be left alone; those
 * of da and db start as zeros. */
#include "check/check_adapters.h"

#include <math.h>

#include "kernels/gemm/gemm.h"
#include "reference/gemm_reference.h"

enum { FORWARD, BACKWARD_A, BACKWARD_B };

enum {
    M, N, K, TRANSPOSE_A, TRANSPOSE_B, LDA_EXTRA, LDB_EXTRA, LDC_EXTRA, ALPHA_PERCENT,
    BETA_PERCENT, PARAMS
};

static const gemm_shape *shape_of(const check_problem *p)
{
    return (const gemm_shape *)p->shape;
}

/* M, N, K of products whose blocking or dividing among threads has edges of its own, and of the
 * tutorials' layers. */
static const int large_products[][3] = {
    { 3, 5, 600 },    { 2, 800, 7 },    { 200, 50, 9 },   { 64, 196, 72 }, { 65, 97, 63 },
    { 100, 10, 500 }, { 10, 500, 100 }, { 1, 300, 1000 }, { 9, 70, 513 },  { 193, 49, 33 },
};

static void draw(check_random *r, int *param)
{
    static const int extents[] = { 0, 1, 1, 2, 3, 5, 6, 7, 8, 9, 13, 16, 17, 31, 32, 48, 49, 50 };
    static const int factors[] = { 100, 100, 100, -100, 30, 250, 0 };

    for (int i = M; i <= K; i++)
        param[i] = check_random_pick(r, 18, extents);
    if (check_random_chance(r, 8)) {
        const int *const large = large_products[check_random_int(r, 0, 9)];
        for (int i = M; i <= K; i++)
            param[i] = large[i];
    }
    for (int i = TRANSPOSE_A; i <= TRANSPOSE_B; i++)
        param[i] = check_random_int(r, 0, 1);
    for (int i = LDA_EXTRA; i <= LDC_EXTRA; i++)
        param[i] = check_random_chance(r, 3) ? check_random_int(r, 1, 3) : 0;
    param[ALPHA_PERCENT] = check_random_pick(r, 7, factors);
    param[BETA_PERCENT] = check_random_chance(r, 2) ? check_random_pick(r, 7, factors) : 0;
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    gemm_shape *const s = (gemm_shape *)p->shape;

    *s = gemm_shape_dense(v[M], v[N], v[K], v[TRANSPOSE_A] != 0, v[TRANSPOSE_B] != 0);
    s->lda += v[LDA_EXTRA];
    s->ldb += v[LDB_EXTRA];
    s->ldc += v[LDC_EXTRA];
    s->alpha = (float)v[ALPHA_PERCENT] / 100.0f;
    s->beta = (float)v[BETA_PERCENT] / 100.0f;
    const status verdict = gemm_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    const int a[] = { s->transpose_a ? s->K : s->M, s->lda };
    const int b[] = { s->transpose_b ? s->N : s->K, s->ldb };
    const int c[] = { s->M, s->ldc };
    check_declare(p, "a", CHECK_FLOAT, CHECK_FILL_NORMAL, 2, a)->special = true;
    check_declare(p, "b", CHECK_FLOAT, CHECK_FILL_NORMAL, 2, b)->special = true;
    check_declare(p, "c", CHECK_FLOAT, CHECK_FILL_NORMAL, 2, c)->special = true;
    check_declare(p, "dc", CHECK_FLOAT, CHECK_FILL_NORMAL, 2, c)->special = true;
    check_declare(p, "da", CHECK_FLOAT, CHECK_FILL_OWN, 2, a);
    check_declare(p, "db", CHECK_FLOAT, CHECK_FILL_OWN, 2, b);
    return STATUS_OK;
}

/* The rows of a gradient start as NaN, which must be overwritten. Between the rows stay zeros: a
 * gradient of elements that are not part of the matrix. */
static void poison_rows(check_problem *p, const char *name, int row)
{
    const check_tensor *const t = check_find(p, name);
    float *const data = t->data;

    for (ptrdiff_t i = 0; i < t->count; i++)
        data[i] = i % t->extent[1] < row ? NAN : 0.0f;
}

static void prepare(check_problem *p, check_random *r)
{
    const gemm_shape *const s = shape_of(p);

    (void)r;
    poison_rows(p, "da", s->transpose_a ? s->M : s->K);
    poison_rows(p, "db", s->transpose_b ? s->K : s->N);
}

static size_t workspace_bytes(const check_problem *p, const void *variant)
{
    return gemm_workspace_bytes(variant, shape_of(p));
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const gemm_shape *const s = shape_of(p);
    const float *const a = check_data(p, "a"), *const b = check_data(p, "b");
    const float *const dc = check_data(p, "dc");

    switch (pass) {
    case FORWARD:
        return gemm_forward(variant, s, a, b, check_data(p, "c"), workspace);
    case BACKWARD_A:
        return gemm_backward_a(variant, s, dc, b, check_data(p, "da"), workspace);
    default:
        return gemm_backward_b(variant, s, a, dc, check_data(p, "db"), workspace);
    }
}

static void reference(const check_problem *p, int pass)
{
    const gemm_shape *const s = shape_of(p);
    const float *const a = check_data(p, "a"), *const b = check_data(p, "b");
    const float *const dc = check_data(p, "dc");

    switch (pass) {
    case FORWARD:
        gemm_reference_forward(s, a, b, check_data(p, "c"), check_expected(p, "c"));
        break;
    case BACKWARD_A:
        gemm_reference_backward_a(s, dc, b, check_data(p, "da"), check_expected(p, "da"));
        break;
    default:
        gemm_reference_backward_b(s, a, dc, check_data(p, "db"), check_expected(p, "db"));
    }
}

const check_concept check_gemm = {
    .name = "gemm",
    .variants = gemm_variants,
    .variant_bytes = sizeof gemm_variants[0],
    .variant_count = &gemm_variant_count,
    .param_count = PARAMS,
    .param = { { "m", 1 }, { "n", 1 }, { "k", 1 }, { "transpose_a", 0 }, { "transpose_b", 0 },
               { "lda_extra", 0 }, { "ldb_extra", 0 }, { "ldc_extra", 0 },
               { "alpha_percent", 100 }, { "beta_percent", 0 } },
    .pass_count = 3,
    .pass = { { "forward", "a b c", "c", NULL, NULL },
              { "backward_a", "dc b da", "da", "forward", "a" },
              { "backward_b", "a dc db", "db", "forward", "b" } },
    .draw = draw,
    .describe = describe,
    .prepare = prepare,
    .workspace_bytes = workspace_bytes,
    .run = run,
    .reference = reference,
};
